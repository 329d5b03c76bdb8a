"""The engines a form offers, and why some of them cannot be used here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import EmotionError
from emotion_clf.transcription import METHODS, engine_named

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_WORDS: Final = {
    "auto": ("Automatic", "Captions where there are any, else Whisper."),
    "whisper": ("Whisper", "Many languages, on this machine."),
    "assemblyai": ("AssemblyAI", "A service: the recording leaves this machine."),
    "captions": ("Captions only", "What the page or the file brings; nothing is transcribed."),
}
_NEED_NOTHING: Final = frozenset({"auto", "captions"})


@dataclass(frozen=True, slots=True)
class EngineChoice:
    """One engine on the form.

    Attributes:
        name: one of `METHODS`.
        title: its name for people.
        text: what to know before choosing it, or why it cannot be chosen.
        usable: whether it can be.
    """

    name: str
    title: str
    text: str
    usable: bool


def engine_choices(settings: Settings) -> list[EngineChoice]:
    """Every engine, the unusable ones with their reason."""
    return [_choice(name, settings) for name in METHODS]


def _choice(name: str, settings: Settings) -> EngineChoice:
    title, text = _WORDS[name]
    if name not in _NEED_NOTHING:
        try:
            engine_named(name, settings)
        except EmotionError as error:
            return EngineChoice(name, title, error.message, usable=False)
    return EngineChoice(name, title, text, usable=True)
