"""Sentences with their emotions → rows of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emotion_clf.text import EMOTIONS

if TYPE_CHECKING:
    from emotion_clf.pipeline.requests import ReadSentence

COLUMNS: Final = (
    "position",
    "start_s",
    "end_s",
    "speaker",
    "text",
    "translation",
    "emotion_from",
    "emotion",
    "sub_emotion",
    "intensity",
    "confidence",
    "uncertain",
    *(f"p_{emotion}" for emotion in EMOTIONS),
)


def as_row(sentence: ReadSentence) -> dict[str, Any]:
    """One row, with the probability of each emotion."""
    told = sentence.as_dict()
    told.update({f"p_{emotion}": value for emotion, value in sentence.emotion.probabilities.items()})
    return {name: told.get(name) for name in COLUMNS}
