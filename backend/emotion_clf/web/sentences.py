"""How sentences look: words, icons and bars of their emotions, and the cues painted on their words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.text import EMOTIONS
from emotion_clf.web.presentation import EmotionLook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emotion_clf.text import Cue, TextEmotion

_LOOKS: Final = {
    "anger": EmotionLook("anger", "emoji-angry"),
    "disgust": EmotionLook("disgust", "emoji-expressionless"),
    "fear": EmotionLook("fear", "emoji-dizzy"),
    "happiness": EmotionLook("happiness", "emoji-laughing"),
    "neutral": EmotionLook("neutral", "emoji-neutral"),
    "sadness": EmotionLook("sadness", "emoji-frown"),
    "surprise": EmotionLook("surprise", "emoji-surprise"),
}
_STRENGTHS: Final = 4
_LEAST_EFFECT: Final = 0.01


@dataclass(frozen=True, slots=True)
class Share:
    """How many sentences carry an emotion.

    Attributes:
        emotion: one of `EMOTIONS`.
        look: its word and icon.
        count: of sentences.
        percent: of all sentences.
    """

    emotion: str
    look: EmotionLook
    count: int
    percent: float


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a sentence: one word that speaks for or against the answer, or what lies between such words.

    Attributes:
        text: as it stands in the sentence.
        cue: the word's effect, None for what lies between.
        strength: of the effect beside the strongest one of the sentence, from 1 to 4; 0 for next to none.
    """

    text: str
    cue: Cue | None = None
    strength: int = 0

    @property
    def points(self) -> float:
        """The effect in percentage points."""
        return 0.0 if self.cue is None else 100 * self.cue.effect


def text_look(emotion: str) -> EmotionLook:
    """The face of an emotion."""
    return _LOOKS.get(emotion, EmotionLook(emotion, "chat-square-heart"))


def shares(counts: Mapping[str, int]) -> list[Share]:
    """Every emotion with its share of the sentences, the most frequent first."""
    total = sum(counts.values()) or 1
    found = [
        Share(emotion, text_look(emotion), counts.get(emotion, 0), round(100 * counts.get(emotion, 0) / total, 1))
        for emotion in EMOTIONS
    ]
    return sorted(found, key=lambda share: -share.count)


def chances(answer: TextEmotion) -> list[Share]:
    """The probability of each emotion of one sentence, the most probable first; counts are not used."""
    return [
        Share(emotion, text_look(emotion), 0, round(100 * probability, 1))
        for emotion, probability in answer.probabilities.items()
    ]


def painted(sentence: str, cues: Sequence[Cue]) -> list[Part]:
    """The sentence cut at its cues, nothing lost."""
    strongest = max((abs(cue.effect) for cue in cues), default=0.0)
    parts: list[Part] = []
    position = 0
    for cue in sorted(cues, key=lambda cue: cue.start):
        if cue.start > position:
            parts.append(Part(sentence[position : cue.start]))
        position = cue.start + len(cue.word)
        parts.append(Part(sentence[cue.start : position], cue, _strength(cue.effect, strongest)))
    if position < len(sentence):
        parts.append(Part(sentence[position:]))
    return parts


def strongest_cues(parts: Sequence[Part], most: int = 6) -> list[Part]:
    """The words that matter most, strongest first."""
    found = [part for part in parts if part.strength]
    return sorted(found, key=lambda part: -abs(part.points))[:most]


def _strength(effect: float, strongest: float) -> int:
    if abs(effect) < _LEAST_EFFECT:
        return 0
    return max(1, round(_STRENGTHS * abs(effect) / strongest))
