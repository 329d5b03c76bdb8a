"""The synthetic sample clips offered to somebody without a recording at hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import InvalidRequestError
from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE_MARK: Final = "sample: "  # tells our samples from a user's file of the same name
SAMPLES_DIR: Final = PROJECT_DIR / "static" / "samples"
SAMPLE_CALL: Final = SAMPLES_DIR / "call.ogg"


@dataclass(frozen=True, slots=True)
class Sample:
    """One clip made by scripts/make_samples.py.

    Attributes:
        name: file name without its ending.
        file: file name under static/samples.
        title: what the voice was told to sound like.
        text: what it says.
    """

    name: str
    file: str
    title: str
    text: str


@lru_cache(maxsize=1)
def samples() -> tuple[Sample, ...]:
    """The clips, in the order of their list."""
    listed = json.loads((SAMPLES_DIR / "samples.json").read_text(encoding="utf-8"))
    return tuple(Sample(**entry) for entry in listed)


def sample_of(source_name: str) -> Sample | None:
    """The sample that a result was made from, None where it was somebody's own clip."""
    return next((sample for sample in samples() if SAMPLE_MARK + sample.file == source_name), None)


def sample_path(name: str) -> Path:
    """The file of a sample.

    Raises:
        InvalidRequestError: there is no sample of that name.
    """
    for sample in samples():
        if sample.name == name:
            return SAMPLES_DIR / sample.file
    raise InvalidRequestError("There is no sample clip of that name. Choose one of those on the page.")
