"""A recording on disk → its transcript, as the doors ask for it."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from emotion_clf.audio import DecodeOptions
from emotion_clf.audio.mono import keep_mono, mono_of
from emotion_clf.audio.sound import SoundFile
from emotion_clf.transcription.choose import choose_engine
from emotion_clf.transcription.engine import Watch
from emotion_clf.transcription.resume import ChunkStore, transcribe_in_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.audio.mono import KeptSound
    from emotion_clf.settings import Settings
    from emotion_clf.transcription.transcript import Transcript

_DECODED_S_PER_S: Final = 30.0
_S_PER_H: Final = 3600.0


def transcribe_file(
    path: Path | str,
    settings: Settings,
    *,
    method: str | None = None,
    language: str | None = None,
    captions: Path | str | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Transcript:
    """Transcribe a file of the local file system; killed and asked again, it goes on where it was.

    Finished chunks wait in the instance folder for as long as recordings may be kept.

    Args:
        path: a recording in any format that `decode` takes.
        settings: the limits, and how to transcribe.
        method: as `choose_engine` takes it.
        language: ISO 639-1 code; None: found out, by engines that can.
        captions: a WebVTT or SRT file of the recording.
        progress: told which share of the work is done, in [0, 1].
        cancelled: asked now and then whether to stop.

    Raises:
        EmotionError: as `choose_engine`, `keep_mono` and `transcribe_in_chunks`.
    """
    engine = choose_engine(settings, method, captions=None if captions is None else Path(captions))
    store = forget_unfinished(settings)
    with tempfile.TemporaryDirectory(prefix="emotion-clf-") as folder:
        target = Path(folder) / "sound.flac"
        watch = Watch(settings.transcription_timeout_s, cancelled=cancelled)
        kept = keep_mono(path, target, longest_options(settings), watch.check)
        with SoundFile(target) as file:
            transcript = transcribe_in_chunks(
                engine, mono_of(file), store, language=language, progress=progress, cancelled=cancelled
            )
    return replace(transcript, notes=(*transcript.notes, *decoding_notes(settings, kept)))


def forget_unfinished(settings: Settings, *, least_s: float = 0.0) -> ChunkStore:
    """Delete the chunks of transcriptions that nobody has gone on with; where the others lie.

    Args:
        settings: the folder, and for how long recordings may be kept.
        least_s: age below which none is deleted, in seconds, since somebody may be at it.
    """
    store = ChunkStore(settings.instance_dir / "transcripts")
    store.forget_older_than(max(settings.recording_retention_h * _S_PER_H, least_s))
    return store


def longest_options(settings: Settings) -> DecodeOptions:
    """A clip's limits, for longer recordings."""
    return replace(
        DecodeOptions.from_settings(settings),
        max_s=settings.transcription_max_s,
        timeout_s=settings.decode_timeout_s + settings.transcription_max_s / _DECODED_S_PER_S,
    )


def decoding_notes(settings: Settings, kept: KeptSound) -> list[str]:
    """What people should know of the decoding."""
    notes = []
    if kept.cut:
        notes.append(f"Only the first {settings.transcription_max_s:g} s were transcribed (TRANSCRIPTION_MAX_S).")
    if kept.tracks > 1:
        notes.append(f"The file has {kept.tracks} sound tracks; the first was transcribed.")
    if kept.damaged:
        notes.append("The file is damaged, so that part of the sound may be missing.")
    return notes
