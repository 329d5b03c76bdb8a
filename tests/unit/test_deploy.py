"""The deployment files say what the code does."""

from __future__ import annotations

import re

import yaml

from emotion_clf.settings import PROJECT_DIR, Settings

DOCKERFILE = (PROJECT_DIR / "Dockerfile").read_text(encoding="utf-8")
COMPOSE = yaml.safe_load((PROJECT_DIR / "compose.yaml").read_text(encoding="utf-8"))


def test_the_image_runs_as_an_ordinary_user_and_probes_itself() -> None:
    last_stage = DOCKERFILE.rsplit("\nFROM ", 1)[1]
    assert re.search(r"^USER 10001:10001$", last_stage, re.MULTILINE)
    assert "/health/ready" in last_stage
    assert DOCKERFILE.count("\nFROM ") == 2
    assert "ARG TORCH_BACKEND=cpu" in DOCKERFILE


def test_the_image_holds_every_folder_the_product_reads() -> None:
    ignored = (PROJECT_DIR / ".dockerignore").read_text(encoding="utf-8")
    for name in ("backend", "ml_models", "templates", "static", "wsgi.py", "pyproject.toml"):
        assert f"!{name}" in ignored
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", DOCKERFILE, re.MULTILINE)


def test_compose_has_web_worker_and_the_optional_servers() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"migrate", "web", "worker", "metrics", "postgres", "redis"}
    assert services["metrics"]["profiles"] == ["metrics"]
    assert "ports" not in services["metrics"]
    assert services["postgres"]["profiles"] == ["postgres"]
    assert services["redis"]["profiles"] == ["redis"]
    assert services["web"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
    for name in ("web", "worker", "migrate", "metrics"):
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
    assert all(port.startswith("127.0.0.1:") for port in services["web"]["ports"])


def test_compose_sets_only_settings_that_exist_and_no_secret() -> None:
    known = {name.upper() for name in Settings.model_fields}
    for name in ("migrate", "web", "worker", "metrics"):
        environment = COMPOSE["services"][name]["environment"]
        assert set(environment) <= known
        assert environment["SECRET_KEY"] == "${SECRET_KEY:-}"
    assert COMPOSE["services"]["postgres"]["environment"]["POSTGRES_PASSWORD"] == "${POSTGRES_PASSWORD:-}"
