"""The words in which users and corpora write emotions, sexes and ages."""

from __future__ import annotations

from ml_models.data.corpora import EMOTIONS

_OTHER_NAMES = {
    "neutral": ("neu",),
    "happy": ("happiness", "joy", "hap"),
    "sad": ("sadness",),
    "angry": ("anger", "ang"),
    "fearful": ("fear", "anxiety", "scared", "fea"),
    "disgust": ("disgusted", "dis"),
    "surprised": ("surprise", "pleasantsurprise", "pleasantsurprised", "ps", "sur"),
    "boredom": ("bored",),
}
_EMOTION_OF = {name: name for name in EMOTIONS} | {
    other: emotion for emotion, others in _OTHER_NAMES.items() for other in others
}


def emotion_named(name: str) -> str | None:
    """Give the emotion of EMOTIONS that a name means, or None; only its letters count, whatever their case."""
    return _EMOTION_OF.get("".join(filter(str.isalpha, name)).lower())


def sex_named(name: str) -> str:
    """Give "F", "M", or "" where the name says neither."""
    return {"f": "F", "w": "F", "m": "M"}.get(name.strip()[:1].lower(), "")


def age_named(text: str) -> int | None:
    """Give the age in years, or None where the text is no whole number."""
    return int(text) if text.strip().isdecimal() else None
