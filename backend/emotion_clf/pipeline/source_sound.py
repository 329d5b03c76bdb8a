"""The step `decode`: a recording → sound; a file of captions or text is read instead."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.audio.mono import keep_mono, mono_of
from emotion_clf.audio.sound import SoundFile
from emotion_clf.errors import InvalidRequestError, TextError
from emotion_clf.pipeline.requests import CAPTION_SUFFIXES, DECODE, FETCH, TEXT_SUFFIXES
from emotion_clf.pipeline.step import StepReport
from emotion_clf.pipeline.texts import check_length, checked_text
from emotion_clf.transcription import read_captions
from emotion_clf.transcription.files import decoding_notes, longest_options

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotion_clf.audio.sound import MonoSound
    from emotion_clf.pipeline.requests import SourceRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

_CAPTIONS_DO: Final = frozenset({"auto", "captions"})


def decode_source(request: SourceRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> StepReport:
    """Make sound of a recording, or read a file of captions or text.

    Raises:
        InvalidRequestError: there is no file.
        TextError: a file of text that cannot be read.
        EmotionError: as `keep_mono` and `read_captions`.
    """
    if request.suffix in TEXT_SUFFIXES:
        report, outcome = _read_text(folder, settings)
    elif captions_in(request, folder, settings) is not None and not tells_speakers(request):
        report, outcome = _read_captions(request, folder)
    else:
        watch.progress(None, "Decoding")
        report, outcome = _decode(request, folder, settings, watch)
    return folder.finish(DECODE, outcome, report)


def captions_in(request: SourceRequest, folder: WorkFolder, settings: Settings) -> Path | None:
    """The captions that stand for a transcript: given, or fetched and good enough; None where there are none."""
    if request.suffix in CAPTION_SUFFIXES:
        return folder.upload
    name = folder.outcome(FETCH).get("captions")
    wanted = (request.options.engine or settings.transcription_method) in _CAPTIONS_DO
    return folder.path / name if name and wanted else None


def tells_speakers(request: SourceRequest) -> bool:
    """Whether speakers are to be told apart by their voices; captions alone have none."""
    return request.options.speakers and request.suffix not in CAPTION_SUFFIXES


@contextmanager
def open_sound(folder: WorkFolder) -> Iterator[MonoSound]:
    """Open the sound that this step left.

    Raises:
        StorageError: it is gone.
    """
    with SoundFile(folder.sound) as file:
        yield mono_of(file)


def _read_text(folder: WorkFolder, settings: Settings) -> tuple[StepReport, dict[str, Any]]:
    path = _given(folder)
    with path.open("rb") as source:
        content = source.read(settings.text_max_bytes + 1)
    # A character for each byte, so that what is too long is told before it is read.
    check_length([content.decode("latin-1")], settings)
    try:
        text = checked_text(content.decode("utf-8-sig"), settings)
    except UnicodeDecodeError:
        raise TextError("This file is not UTF-8 text. Save it as UTF-8 and try again.") from None
    folder.keep_text(text)
    return StepReport(f"{len(text):,} characters of text"), {}


def _read_captions(request: SourceRequest, folder: WorkFolder) -> tuple[StepReport, dict[str, Any]]:
    if request.kind == "file":
        found = read_captions(_given(folder))
        return StepReport(f"{len(found.segments):,} captions"), {}
    duration_s = folder.outcome(FETCH).get("duration_s")
    return StepReport("The captions are enough; the sound is not needed.", skipped=True), {"duration_s": duration_s}


def _decode(
    request: SourceRequest, folder: WorkFolder, settings: Settings, watch: StepWatch
) -> tuple[StepReport, dict[str, Any]]:
    name = folder.outcome(FETCH).get("media")
    path = folder.path / name if request.kind == "url" and name else _given(folder)
    kept = keep_mono(path, folder.sound, longest_options(settings), watch.check)
    said = f"{kept.duration_s:.1f} s of sound from {kept.container}"
    return StepReport(said), {"duration_s": kept.duration_s, "notes": decoding_notes(settings, kept)}


def _given(folder: WorkFolder) -> Path:
    path = folder.upload
    if path is None:
        raise InvalidRequestError("The file of this job is not there any more. Give it again.")
    return path
