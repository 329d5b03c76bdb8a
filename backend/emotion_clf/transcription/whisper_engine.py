"""Whisper through faster-whisper: the embedded default, whose weights are a bundle of the product."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import EngineMissingError, InvalidRequestError
from emotion_clf.transcription.engine import Watch
from emotion_clf.transcription.hallucinations import without_repeats
from emotion_clf.transcription.regions import packed, speech_regions
from emotion_clf.transcription.sentences import segments_of
from emotion_clf.transcription.transcript import ENGLISH, Transcript, Word
from emotion_clf.transcription.whisper_decoding import WINDOW_S, Decoding
from emotion_clf.transcription.whisper_translation import Translator
from emotion_clf.transcription.whisper_weights import load_model, shown_name, weights_folder

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.audio import Waveform
    from emotion_clf.settings import Settings
    from emotion_clf.transcription.regions import Region

NAME: Final = "whisper"
CHUNK_S: Final = 240.0
# Of the work on a recording in another language; the rest is its translation.
_SHARE_OF_WORDS: Final = 0.3


class WhisperEngine:
    """Transcribes some hundred languages on this machine."""

    name = NAME
    chunk_s: float | None = CHUNK_S

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._model_name = shown_name(settings.whisper_model)
        if weights_folder(settings) is None and settings.hub_offline:
            raise EngineMissingError(
                f"The weights of Whisper '{self._model_name}' are not on this machine, and HUB_OFFLINE "
                "forbids fetching them. Unset it, or set WHISPER_MODEL to a folder of weights."
            )
        self.version = f"{version('faster-whisper')} {self._model_name} {settings.whisper_compute_type}"

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """Write down what is said, as `Engine` promises; a segment is a sentence, words have times and a confidence.

        What is not in English has its English beside it.

        Raises:
            ModelError: the files of the bundle are not those that were published.
        """
        watch = Watch(self._settings.transcription_timeout_s, progress=progress, cancelled=cancelled)
        watch.check()
        notes = [f"Transcribed by Whisper '{self._model_name}' on this machine."]
        windows = packed(speech_regions(waveform, WINDOW_S), WINDOW_S)
        if not windows:
            watch.done(1.0)
            return Transcript((), language, self.name, self.version, tuple(notes))
        model = load_model(self._settings)
        decoding = Decoding(model, waveform, windows, language=_known(language, model))
        if language is None:
            notes.append(f"Language found out: {decoding.language} ({decoding.language_probability:.0%} sure).")
        first = 1.0 if decoding.language == ENGLISH else _SHARE_OF_WORDS
        words: list[Word] = []
        for window, heard in decoding:
            watch.check()
            words += () if heard is None else _words(window, heard)
            watch.done(first * window.end / waveform.frames)
        segments = without_repeats(segments_of(words, decoding.language))

        def translating(share: float) -> None:
            watch.check()
            watch.done(first + (1 - first) * share)

        segments = Translator(model, waveform, decoding.language).in_english(segments, windows, translating)
        watch.done(1.0)
        return Transcript(segments, decoding.language, self.name, self.version, tuple(notes))


def _known(language: str | None, model: Any) -> str | None:
    """Return the language as the model names it; of `en-GB` that is `en`."""
    if language is None:
        return None
    code = language.partition("-")[0].lower()
    if code not in model.supported_languages:
        raise InvalidRequestError(f"This Whisper model does not know the language '{language}'. Give a code as `de`.")
    return code


def _words(window: Region, heard: Any) -> list[Word]:
    """Return the words of a window; none is outside it."""

    def inside(seconds: float) -> float:
        return min(max(float(seconds), window.start_s), window.end_s)

    return [
        Word(word.word.strip(), inside(word.start), inside(word.end), float(word.probability))
        for word in heard.words
        if word.word.strip()
    ]
