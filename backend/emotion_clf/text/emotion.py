"""The answer for one sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emotion_clf.text.taxonomy import Intensity


@dataclass(frozen=True, slots=True)
class Cue:
    """What one word does to the answer.

    Attributes:
        word: as it stands in the sentence.
        start: index of its first character in the sentence.
        effect: how much the probability of the answer falls when the word is taken away, in [-1, 1]; negative where
            the word speaks against the answer.
    """

    word: str
    start: int
    effect: float


@dataclass(frozen=True, slots=True)
class TextEmotion:
    """What a sentence says of the one who says it.

    Attributes:
        text: the sentence.
        emotion: one of `EMOTIONS`, the most probable.
        confidence: its probability.
        probabilities: of each emotion, most probable first; they sum to 1.
        uncertain: whether `confidence` is below the threshold, so that `emotion` is no more than a guess.
        sub_emotion: the most probable label of GoEmotions within `emotion`; None for neutral.
        sub_emotions: how sure each of the 28 labels is on its own, surest first; several may hold at once, so they do
            not sum to 1.
        intensity: how strongly it is said; None where no data supports a degree (neutral, disgust, surprise).
    """

    text: str
    emotion: str
    confidence: float
    probabilities: dict[str, float]
    uncertain: bool
    sub_emotion: str | None
    sub_emotions: dict[str, float]
    intensity: Intensity | None

    def as_dict(self) -> dict[str, Any]:
        """The answer for programs, the same through every door."""
        return {
            "text": self.text,
            "emotion": self.emotion,
            "confidence": self.confidence,
            "uncertain": self.uncertain,
            "sub_emotion": self.sub_emotion,
            "intensity": self.intensity,
            "probabilities": self.probabilities,
            "sub_emotions": self.sub_emotions,
        }
