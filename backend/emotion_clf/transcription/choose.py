"""Which engine: the one named, or the one that keeps the recording on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emotion_clf.errors import InvalidRequestError
from emotion_clf.transcription.assemblyai_engine import AssemblyAIEngine
from emotion_clf.transcription.captions import CaptionsEngine
from emotion_clf.transcription.whisper_engine import WhisperEngine

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings
    from emotion_clf.transcription.engine import Engine

METHODS: Final = ("auto", "whisper", "assemblyai", "captions")


def choose_engine(settings: Settings, method: str | None = None, *, captions: Path | None = None) -> Engine:
    """The engine for a recording.

    Args:
        settings: TRANSCRIPTION_METHOD and what belongs to each engine.
        method: one of `METHODS`, in place of the setting.
        captions: a caption file of the recording, which `auto` prefers to any engine.

    Raises:
        InvalidRequestError: no such method, or captions are asked for and not given.
        TranscriptionError: the engine named cannot be used.
    """
    method = method or settings.transcription_method
    if method == "auto":
        method = "whisper" if captions is None else "captions"
    return engine_named(method, settings, captions=captions)


def engine_named(name: str, settings: Settings, *, captions: Path | None = None) -> Engine:
    """The engine of that name, ready to work.

    Raises:
        InvalidRequestError: there is none, or it is `captions` and no file is given.
        TranscriptionError: it cannot be used.
    """
    if name == "whisper":
        return WhisperEngine(settings)
    if name == "assemblyai":
        return AssemblyAIEngine(settings)
    if name != "captions":
        raise InvalidRequestError(f"There is no such engine. Choose one of {', '.join(METHODS)}.")
    if captions is None:
        raise InvalidRequestError("No captions were given. Give a WebVTT or SRT file, or choose another engine.")
    return CaptionsEngine(captions)
