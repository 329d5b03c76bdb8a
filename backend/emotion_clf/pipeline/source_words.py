"""The step `transcribe`: sound or captions → a transcript, redacted and with speakers where that was asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import NoSpeechError
from emotion_clf.pipeline.requests import DECODE, FETCH, TEXT_SUFFIXES, TRANSCRIBE
from emotion_clf.pipeline.source_sound import captions_in, open_sound, tells_speakers
from emotion_clf.pipeline.step import StepReport
from emotion_clf.transcription import (
    ChunkStore,
    Transcript,
    choose_engine,
    read_captions,
    redact_transcript,
    sentences,
    transcribe_in_chunks,
)
from emotion_clf.transcription.speakers import assign_speakers

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.pipeline.requests import SourceRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

_UNKNOWN_LANGUAGE: Final = "und"
_BY_CAPTIONS: Final = "captions"


def check_engine(request: SourceRequest, settings: Settings) -> None:
    """Refuse an engine that is not there, before anything is fetched.

    Raises:
        InvalidRequestError: there is no such engine.
        TranscriptionError: it cannot be used.
    """
    engine = request.options.engine or settings.transcription_method
    if engine != _BY_CAPTIONS and request.kind != "text":
        choose_engine(settings, engine)


def transcribe_source(request: SourceRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> StepReport:
    """Write down what is said, or take it from captions.

    Raises:
        NoSpeechError: nobody says anything.
        EmotionError: as `choose_engine`, `read_captions` and `transcribe_in_chunks`.
    """
    if request.suffix in TEXT_SUFFIXES:
        return folder.finish(TRANSCRIBE, {}, StepReport("A text needs no transcript.", skipped=True))
    captions = captions_in(request, folder, settings)
    if captions is not None:
        transcript = _from_captions(captions, request, folder)
    else:
        transcript = _from_sound(request, folder, settings, watch)
    if not sentences(transcript):
        raise NoSpeechError(
            "Nobody says anything here that could be written down. Check that somebody speaks in it, or choose another "
            "engine."
        )
    if tells_speakers(request):
        watch.progress(None, "Telling speakers apart")
        with open_sound(folder) as sound:
            transcript = assign_speakers(sound, transcript, settings, cancelled=watch.cancelled)
    if request.options.redact:
        transcript = redact_transcript(transcript, settings.redaction_regions, settings.redaction_engine).transcript
    notes = (*transcript.notes, *folder.outcome(DECODE).get("notes", ()))
    outcome = {"transcript": replace(transcript, notes=notes).as_dict()}
    said = f"{len(transcript.segments):,} segments by {transcript.engine}"
    return folder.finish(TRANSCRIBE, outcome, StepReport(said))


def _from_captions(captions: Path, request: SourceRequest, folder: WorkFolder) -> Transcript:
    found = read_captions(captions)
    told = str(folder.outcome(FETCH).get("captions_language") or _UNKNOWN_LANGUAGE).partition("-")[0]
    language = request.options.language or found.language or (None if told == _UNKNOWN_LANGUAGE else told)
    return replace(found, language=language)


def _from_sound(request: SourceRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> Transcript:
    options = request.options
    engine = choose_engine(settings, options.engine)
    watch.progress(0.0, f"Listening with {engine.name}")
    with open_sound(folder) as sound:
        return transcribe_in_chunks(
            engine,
            sound,
            ChunkStore(folder.chunks),
            language=options.language,
            progress=lambda share: watch.progress(share, f"Listening with {engine.name}"),
            cancelled=watch.cancelled,
        )
