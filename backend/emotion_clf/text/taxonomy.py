"""Seven emotions, and the labels of GoEmotions as their sub-emotions.

Source: D. Demszky et al., "GoEmotions: A Dataset of Fine-Grained Emotions", ACL 2020, whose `ekman_mapping.json` this
is; its "joy" group is called happiness here, as in speech.
"""

from __future__ import annotations

from typing import Final, Literal

Intensity = Literal["mild", "moderate", "intense"]

INTENSITIES: Final[tuple[Intensity, ...]] = ("mild", "moderate", "intense")
NEUTRAL: Final = "neutral"

SUB_EMOTIONS: Final[dict[str, tuple[str, ...]]] = {
    "anger": ("anger", "annoyance", "disapproval"),
    "disgust": ("disgust",),
    "fear": ("fear", "nervousness"),
    "happiness": (
        "admiration",
        "amusement",
        "approval",
        "caring",
        "desire",
        "excitement",
        "gratitude",
        "joy",
        "love",
        "optimism",
        "pride",
        "relief",
    ),
    "neutral": ("neutral",),
    "sadness": ("disappointment", "embarrassment", "grief", "remorse", "sadness"),
    "surprise": ("confusion", "curiosity", "realization", "surprise"),
}
EMOTIONS: Final = tuple(SUB_EMOTIONS)
SUB_EMOTION_LABELS: Final = tuple(sorted(label for labels in SUB_EMOTIONS.values() for label in labels))

_EMOTION_OF: Final = {label: emotion for emotion, labels in SUB_EMOTIONS.items() for label in labels}


def emotion_of(sub_emotion: str) -> str:
    """The emotion a label of GoEmotions belongs to.

    Raises:
        KeyError: it is none of the 28 labels.
    """
    return _EMOTION_OF[sub_emotion]
