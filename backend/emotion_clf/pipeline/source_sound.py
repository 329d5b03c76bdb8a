"""The step `decode`: a recording → sound; a file of captions or text is read instead."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, Waveform, decode_path
from emotion_clf.errors import InvalidRequestError, StorageError, TextError
from emotion_clf.pipeline.requests import CAPTION_SUFFIXES, DECODE, FETCH, TEXT_SUFFIXES
from emotion_clf.pipeline.step import StepReport
from emotion_clf.pipeline.texts import check_length, checked_text
from emotion_clf.transcription import read_captions

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.pipeline.requests import SourceRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

_DECODED_S_PER_S: Final = 30.0
_CAPTIONS_DO: Final = frozenset({"auto", "captions"})


def decode_source(request: SourceRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> StepReport:
    """Make sound of a recording, or read a file of captions or text.

    Raises:
        InvalidRequestError: there is no file.
        TextError: a file of text that cannot be read.
        EmotionError: as `decode_path` and `read_captions`.
    """
    if request.suffix in TEXT_SUFFIXES:
        report, outcome = _read_text(folder, settings)
    elif captions_in(request, folder, settings) is not None and not tells_speakers(request):
        report, outcome = _read_captions(request, folder)
    else:
        watch.progress(None, "Decoding")
        report, outcome = _decode(request, folder, settings)
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


def read_sound(folder: WorkFolder) -> Waveform:
    """The sound that this step left.

    Raises:
        StorageError: it is gone.
    """
    import soundfile

    try:
        samples, _ = soundfile.read(folder.sound, dtype="float32")
    except (OSError, soundfile.LibsndfileError) as error:
        raise StorageError("The decoded sound is gone. Start the job again from the step `decode`.") from error
    return Waveform(samples)


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


def _decode(request: SourceRequest, folder: WorkFolder, settings: Settings) -> tuple[StepReport, dict[str, Any]]:
    name = folder.outcome(FETCH).get("media")
    path = folder.path / name if request.kind == "url" and name else _given(folder)
    options = replace(
        DecodeOptions.from_settings(settings),
        max_s=settings.transcription_max_s,
        timeout_s=settings.decode_timeout_s + settings.transcription_max_s / _DECODED_S_PER_S,
    )
    decoded = decode_path(path, options)
    _write(decoded.waveform, folder)
    notes = []
    if decoded.cut:
        notes.append(f"Only the first {options.max_s:g} s were transcribed (TRANSCRIPTION_MAX_S).")
    if decoded.tracks > 1:
        notes.append(f"The file has {decoded.tracks} sound tracks; the first was transcribed.")
    if decoded.damaged:
        notes.append("The file is damaged, so that part of the sound may be missing.")
    duration_s = decoded.waveform.duration_s
    said = f"{duration_s:.1f} s of sound from {decoded.container.name}"
    return StepReport(said), {"duration_s": duration_s, "notes": notes}


def _write(waveform: Waveform, folder: WorkFolder) -> None:
    """Keep the sound, in one stroke."""
    import soundfile

    partial = folder.sound.with_name(f".{folder.sound.name}")
    try:
        partial.touch(mode=0o600)
        soundfile.write(partial, waveform.samples, SAMPLE_RATE_HZ, format="FLAC", subtype="PCM_16")
        partial.replace(folder.sound)
    except (OSError, AssertionError, soundfile.LibsndfileError) as error:
        # The library only asserts that a block was written whole.
        partial.unlink(missing_ok=True)
        raise StorageError("The sound cannot be written: make room in INSTANCE_DIR, or set another.") from error


def _given(folder: WorkFolder) -> Path:
    path = folder.upload
    if path is None:
        raise InvalidRequestError("The file of this job is not there any more. Give it again.")
    return path
