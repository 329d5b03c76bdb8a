"""The deployment tools that `make test` installs, each in an environment of its own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from emotion_clf.settings import PROJECT_DIR

DEPLOY = PROJECT_DIR / "deploy"
TOOLS = Path(os.environ.get("DEPLOY_TOOLS", PROJECT_DIR / ".deploy"))


def tool(*parts: str) -> str:
    """The path of a tool; without it the test is skipped."""
    path = TOOLS.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"{'/'.join(parts)} is not installed; scripts/install_deploy.sh says why")
    return str(path)
