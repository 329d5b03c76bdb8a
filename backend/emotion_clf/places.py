"""Where the product's own files lie: in a checkout, or in the wheel that was installed from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PACKAGE: Final = Path(__file__).resolve().parent
_ROOT: Final = _PACKAGE.parents[1]
_ENTRY: Final = "wsgi.py"  # beside pyproject.toml, and in no wheel

IN_CHECKOUT: Final = (_ROOT / "pyproject.toml").is_file() and (_ROOT / _ENTRY).is_file()

# Templates, static files, and what is read of docs and benchmarks; pyproject.toml puts them into the wheel.
PROJECT_DIR: Final = _ROOT if IN_CHECKOUT else _PACKAGE / "site"

# Beside this package where it is installed, since training finds its own files there too.
MODELS_DIR: Final = (_ROOT if IN_CHECKOUT else _PACKAGE.parent) / "ml_models" / "models"


def default_instance() -> Path:
    """Return the folder for everything that changes: in the checkout, else where a user's programs keep their data."""
    if IN_CHECKOUT:
        return PROJECT_DIR / "instance"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "emotion-clf"


def working_dir() -> Path:
    """Return where the server's processes run, and so where their `.env` and `config.yaml` are."""
    return PROJECT_DIR if IN_CHECKOUT else Path.cwd()
