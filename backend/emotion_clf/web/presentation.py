"""How a result looks: words, icons, colours and numbers for the pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.pipeline import ClipAnalysis
    from emotion_clf.storage import StoredAnalysis

_VERY_LIKELY: Final = 0.8
_LIKELY: Final = 0.6


@dataclass(frozen=True, slots=True)
class EmotionLook:
    """An emotion's face on the pages; the word always stands beside it."""

    word: str
    icon: str


_LOOKS: Final = {
    "neutral": EmotionLook("neutral", "emoji-neutral"),
    "calm": EmotionLook("calm", "emoji-smile"),
    "happy": EmotionLook("happy", "emoji-laughing"),
    "sad": EmotionLook("sad", "emoji-frown"),
    "angry": EmotionLook("angry", "emoji-angry"),
    "fear": EmotionLook("afraid", "emoji-dizzy"),
    "disgust": EmotionLook("disgusted", "emoji-expressionless"),
    "surprised": EmotionLook("surprised", "emoji-surprise"),
}


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of the probability chart."""

    label: str
    look: EmotionLook
    percent: float


def look_of(label: str) -> EmotionLook:
    """The face of a label; a label of somebody's own bundle is shown as it is written."""
    return _LOOKS.get(label, EmotionLook(label, "chat-square-heart"))


def words_of(labels: Sequence[str]) -> str:
    """Labels as the pages write them."""
    return ", ".join(look_of(label).word for label in labels)


def bars(clip: ClipAnalysis) -> list[Bar]:
    """The probabilities in per cent, most probable first."""
    return [
        Bar(label, look_of(label), round(100 * probability, 1))
        for label, probability in clip.prediction.probabilities.items()
    ]


def certainty(clip: ClipAnalysis) -> str:
    """How sure, in a word."""
    if clip.prediction.uncertain:
        return "uncertain"
    confidence = clip.prediction.confidence
    if confidence >= _VERY_LIKELY:
        return "very likely"
    return "likely" if confidence >= _LIKELY else "more likely than the others"


def as_json(stored: StoredAnalysis) -> dict[str, Any]:
    """The result for programs."""
    return stored.as_dict()
