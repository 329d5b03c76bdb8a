"""What the worker's own processes, its heart and its clock, are started with."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

_PACKAGES: Final = Path(__file__).resolve().parents[2]


def environment() -> dict[str, str]:
    """Return this process's environment, in which the package is found wherever the worker runs."""
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(_PACKAGES), *([before] if before else [])])}
