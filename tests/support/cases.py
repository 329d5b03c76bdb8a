"""Inputs from practice, where they lie beside the repository."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.support.sound import REPOSITORY

CASES = REPOSITORY.parent / "shared" / "cases"


def text_cases() -> dict[str, Any]:
    """The input of each text case by its name; skips where there are none."""
    path = CASES / "text_cases.json"
    if not path.is_file():
        pytest.skip("the cases are not at hand")
    return {case["name"]: case["input"] for case in json.loads(path.read_text(encoding="utf-8"))}


def captions_case(name: str) -> str:
    """A file of captions; skips where it is not at hand."""
    path = CASES / name
    if not path.is_file():
        pytest.skip("the cases are not at hand")
    return path.read_text(encoding="utf-8")
