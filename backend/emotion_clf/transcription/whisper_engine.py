"""Whisper through faster-whisper, an extra: `pip install 'emotion-clf[whisper]'`.

A folder or a name is checked before the library sees it, since the library takes a missing folder for a hub name and
answers with a riddle.
"""

from __future__ import annotations

import os
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import EngineMissingError, InvalidRequestError
from emotion_clf.transcription.engine import Watch
from emotion_clf.transcription.transcript import Segment, Transcript, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.audio import Waveform
    from emotion_clf.settings import Settings

NAME: Final = "whisper"
CHUNK_S: Final = 120.0
_WEIGHTS: Final = "model.bin"
_INSTALL: Final = "The faster-whisper package is not installed; run `pip install 'emotion-clf[whisper]'`."


class WhisperEngine:
    """Transcribes some hundred languages on this machine."""

    name = NAME
    chunk_s: float | None = CHUNK_S

    def __init__(self, settings: Settings) -> None:
        try:
            program = version("faster-whisper")
        except PackageNotFoundError:
            raise EngineMissingError(_INSTALL) from None
        self._settings = settings
        self._folder = weights_folder(settings.whisper_model)
        if self._folder is None and settings.hub_offline:
            raise EngineMissingError(
                f"The weights of Whisper '{_shown(settings.whisper_model)}' are not on this machine, and HUB_OFFLINE "
                "forbids fetching them. Unset it, or set WHISPER_MODEL to a folder of weights."
            )
        self.version = f"{program} {_shown(settings.whisper_model)} {settings.whisper_compute_type}"

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Write down what is said, as `Engine` promises; words have times and a confidence."""
        watch = Watch(self._settings.transcription_timeout_s, progress=progress, cancelled=cancelled)
        watch.check()
        model = self._model
        if language is not None and language not in model.supported_languages:
            raise InvalidRequestError(
                f"This Whisper model does not know the language '{language}'. Give a code as `de`."
            )
        found, info = model.transcribe(waveform.samples, language=language, word_timestamps=True, vad_filter=True)
        segments = []
        # Whisper works while its segments are asked for.
        for segment in found:
            watch.check()
            segments.append(_segment(segment))
            watch.done(segment.end / waveform.duration_s)
        notes = [f"Transcribed by Whisper '{_shown(self._settings.whisper_model)}' on this machine."]
        if language is None:
            notes.append(f"Language found out: {info.language} ({info.language_probability:.0%} sure).")
        return Transcript(
            tuple(segment for segment in segments if segment.text), info.language, self.name, self.version, tuple(notes)
        )

    @cached_property
    def _model(self) -> Any:
        from faster_whisper import WhisperModel

        settings = self._settings
        try:
            return WhisperModel(
                settings.whisper_model if self._folder is None else str(self._folder),
                device=settings.whisper_device,
                compute_type=settings.whisper_compute_type,
                cpu_threads=settings.model_threads,
                local_files_only=self._folder is not None,
            )
        except OSError as error:
            # The hub's "not here and not reachable", and its HTTP errors, are all of this kind.
            raise EngineMissingError(
                f"The weights of Whisper '{_shown(settings.whisper_model)}' are not on this machine and cannot be "
                "fetched. Check the network and the name, or set WHISPER_MODEL to a folder of weights."
            ) from error
        except (RuntimeError, ValueError) as error:
            raise EngineMissingError(
                f"Whisper '{_shown(settings.whisper_model)}' cannot be loaded: its files are damaged, or "
                "WHISPER_DEVICE or WHISPER_COMPUTE_TYPE does not suit this machine."
            ) from error


def weights_on_this_machine(model: str) -> bool:
    """Whether Whisper could start without a network."""
    if find_spec("faster_whisper") is None:
        return False
    try:
        return weights_folder(model) is not None
    except EngineMissingError:
        return False


def weights_folder(model: str) -> Path | None:
    """The folder in which a model's weights lie; None where they would have to be fetched.

    Args:
        model: a folder, a size of Whisper's such as `medium`, or a hub name `owner/name`.

    Raises:
        EngineMissingError: the folder holds no weights, or nothing goes by that name.
    """
    folder = Path(model).expanduser()
    if folder.is_dir():
        if not (folder / _WEIGHTS).is_file():
            raise EngineMissingError(
                f"The folder of WHISPER_MODEL holds no {_WEIGHTS}. Set it to a folder of CTranslate2 weights, or to a "
                "size such as `medium`."
            )
        return folder
    if _looks_like_folder(model):
        raise EngineMissingError("The folder of WHISPER_MODEL does not exist. Make it, or set a size such as `medium`.")
    return _cached(model)


def _looks_like_folder(model: str) -> bool:
    """Whether this can only be meant as a folder: hub names have one slash, inside."""
    return model.startswith((os.sep, ".", "~")) or model.count("/") > 1 or (os.sep == "\\" and "\\" in model)


def _cached(name: str) -> Path | None:
    """Where the hub's cache holds a model."""
    from faster_whisper.utils import download_model

    try:
        folder = Path(download_model(name, local_files_only=True))
    except FileNotFoundError:
        return None
    except ValueError:
        raise EngineMissingError(
            "WHISPER_MODEL is neither a folder, nor a size such as `medium`, nor a hub name `owner/name`."
        ) from None
    return folder if (folder / _WEIGHTS).is_file() else None


def _shown(model: str) -> str:
    """The model's name without the folders around it."""
    return Path(model).name if Path(model).is_dir() or _looks_like_folder(model) else model


def _segment(found: Any) -> Segment:
    """A segment of faster-whisper's in our words."""
    words = tuple(Word(word.word.strip(), word.start, word.end, word.probability) for word in found.words or ())
    return Segment(found.text.strip(), found.start, found.end, words=words)
