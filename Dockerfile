# syntax=docker/dockerfile:1
# docker build -t emotion-clf .                                  CPU
# docker build -t emotion-clf --build-arg TORCH_BACKEND=cu130 .  CUDA 13
ARG PYTHON_VERSION=3.11

FROM python:${PYTHON_VERSION}-slim-bookworm AS build
ARG TORCH_BACKEND=cpu
SHELL ["/bin/bash", "-o", "pipefail", "-c"]
WORKDIR /app
COPY requirements.txt requirements-dev.txt ./
ENV UV_CACHE_DIR=/cache UV_LINK_MODE=copy
RUN --mount=type=cache,target=/cache \
    python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir -c requirements-dev.txt uv \
    && .venv/bin/uv pip install --no-config --python .venv --torch-backend "${TORCH_BACKEND}" \
        -r requirements.txt -c requirements-dev.txt "psycopg[binary]" redis obstore
COPY pyproject.toml README.md wsgi.py ./
COPY backend backend
COPY ml_models ml_models
COPY templates templates
COPY static static
COPY docs/scoring.md docs/
RUN .venv/bin/pip install --no-cache-dir --no-deps --editable .
# What the image holds, as CycloneDX: docker run --rm --entrypoint cat emotion-clf /app/sbom.cdx.json
COPY deploy/tools/sbom.txt /sbom/
RUN python -m venv /sbom/venv \
    && /sbom/venv/bin/pip install --no-cache-dir -r /sbom/sbom.txt \
    && /sbom/venv/bin/cyclonedx-py environment --pyproject pyproject.toml --output-file sbom.cdx.json .venv/bin/python

FROM python:${PYTHON_VERSION}-slim-bookworm
ARG REVISION=unknown
LABEL org.opencontainers.image.title="emotion-clf" \
    org.opencontainers.image.description="Hear or read people and say which emotion, how sure, and why." \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="0.1.0" \
    org.opencontainers.image.revision="${REVISION}"
RUN groupadd --system --gid 10001 app \
    && useradd --system --uid 10001 --gid app --home-dir /data --no-create-home app \
    && install -d -o app -g app -m 0700 /data
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    HOST=0.0.0.0 \
    PORT=8000 \
    INSTANCE_DIR=/data
USER 10001:10001
VOLUME /data
EXPOSE 8000
# Asked by a name that the server answers.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import json, os, urllib.request as u; host = json.loads(os.environ.get('TRUSTED_HOSTS') or '[\"127.0.0.1\"]')[0].lstrip('.'); u.urlopen(u.Request(f\"http://127.0.0.1:{os.environ['PORT']}/health/ready\", headers={'Host': host}), timeout=4)"]
STOPSIGNAL SIGTERM
CMD ["emotion-clf", "serve"]
