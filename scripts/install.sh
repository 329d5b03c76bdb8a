#!/usr/bin/env bash
# Make .venv and install exact pins into it: `scripts/install.sh requirements.txt`.
# torch comes first: its CPU build, unless this machine has an NVIDIA GPU.
set -euo pipefail
cd "$(dirname "$0")/.."
requirements=$1
python=${PYTHON:-python3}
export PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    say "Python 3.11 or newer is needed; '$python' is not. Name another one: make PYTHON=python3.12 ..."
    exit 1
fi
if [ ! -x .venv/bin/pip ]; then
    "$python" -m venv .venv || {
        say "Python cannot make a virtual environment. On Debian or Ubuntu: apt-get install python3-venv"
        exit 1
    }
fi
pip() { .venv/bin/python -m pip --quiet "$@"; }

torch=$(grep '^torch==' requirements.txt)
if ! .venv/bin/python -c "from importlib.metadata import version; assert version('torch').split('+')[0] == '${torch#torch==}'" 2>/dev/null; then
    if [ "$(uname -s)" != Linux ] || nvidia-smi -L >/dev/null 2>&1; then
        say "Installing $torch ..."
        pip install "$torch" -c requirements.txt
    else
        say "Installing $torch, CPU build ..."
        pip install "$torch+cpu" -c requirements.txt 2>/dev/null || {
            pip install "$(grep '^uv==' requirements-dev.txt)"
            .venv/bin/uv pip install --quiet --python .venv --torch-backend cpu "$torch" -c requirements.txt
        }
    fi
fi
say "Installing $requirements ..."
pip install -r "$requirements"
pip install --no-deps --editable .
