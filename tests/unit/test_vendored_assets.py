from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.web.presentation import look_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

VENDOR = PROJECT_DIR / "static" / "vendor"
LISTED = json.loads((VENDOR / "HASHES.json").read_text(encoding="utf-8"))
LABELS = ("neutral", "calm", "happy", "sad", "angry", "fear", "disgust", "surprised", "a label of somebody else")


def test_the_vendored_files_are_the_listed_ones() -> None:
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "HASHES.json"
    }
    assert found == LISTED


def test_every_vendored_library_brings_its_licence() -> None:
    folders = {path.split("/")[0] for path in LISTED}
    assert folders
    assert all(f"{folder}/LICENSE" in LISTED for folder in folders)


def test_every_page_uses_vendored_files_that_exist() -> None:
    pages = _texts(PROJECT_DIR.glob("templates/*.html")) + _texts(PROJECT_DIR.glob("static/js/*.js"))
    used = set(re.findall(r"vendor/([\w.-]+/[\w.-]+)", pages))
    assert used
    assert used <= set(LISTED)


def test_every_icon_shown_is_in_the_sprite() -> None:
    (sprite,) = VENDOR.glob("bootstrap-icons-*/icons.svg")
    drawn = set(re.findall(r'id="([^"]+)"', sprite.read_text(encoding="utf-8")))
    pages = _texts(PROJECT_DIR.glob("templates/*.html"))
    named = set(re.findall(r'(?:icon\(|note\("\w+", )"([\w-]+)"', pages)) | {look_of(label).icon for label in LABELS}
    assert len(named) > len(LABELS)
    assert named <= drawn


def _texts(paths: Iterable[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)
