"""Transcribe chunk by chunk and keep what is done, so that work that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_clf.errors import StorageError
from emotion_clf.transcription.regions import Region, packed, speech_regions
from emotion_clf.transcription.transcript import Transcript, shifted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from emotion_clf.audio import Waveform
    from emotion_clf.audio.sound import Sound
    from emotion_clf.transcription.engine import Engine


class ChunkStore:
    """A folder of finished chunks: transcripts as JSON, readable by this user alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def get(self, key: str) -> Transcript | None:
        """The transcript under a key; None where there is none that can be read."""
        try:
            return Transcript.from_dict(json.loads(self._path(key).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def put(self, key: str, transcript: Transcript) -> None:
        """Keep a transcript; whoever reads sees all of it or nothing.

        Raises:
            StorageError: the folder cannot be written.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder, suffix=".part")
            with os.fdopen(descriptor, "w", encoding="utf-8") as target:
                json.dump(transcript.as_dict(), target)
            Path(name).replace(self._path(key))
        except OSError as error:
            raise StorageError("The transcript cannot be kept: make room in INSTANCE_DIR, or set another.") from error

    def forget(self, keys: Iterable[str]) -> None:
        """Delete the transcripts under these keys."""
        for key in keys:
            self._path(key).unlink(missing_ok=True)

    def forget_older_than(self, age_s: float) -> None:
        """Delete what was kept for work that nobody has gone on with, by its age in seconds."""
        before = time.time() - age_s
        for pattern in ("*.json", "*.part"):
            for path in self._folder.glob(pattern):
                if path.stat().st_mtime <= before:
                    path.unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"


def transcribe_in_chunks(
    engine: Engine,
    sound: Sound,
    store: ChunkStore,
    *,
    language: str | None = None,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Transcript:
    """Transcribe as `engine.transcribe` does, keeping each chunk as soon as it is done.

    Chunks are cut in pauses. A chunk that the store knows by its sound, engine, version and language is not transcribed
    again. When all is done the chunks are deleted: the transcript is the caller's to keep.

    Args:
        engine: an engine; with no `chunk_s` the whole recording is one chunk.
        sound: sound at 16 kHz, of which no more than a chunk is read at a time.
        store: where finished chunks are kept.
        language: ISO 639-1 code; None: the first chunk in which it is found out decides for the rest.
        progress: told which share of the work is done, in [0, 1].
        cancelled: asked now and then whether to stop.

    Raises:
        StorageError: the store cannot be written.
        EmotionError: as `engine.transcribe`.
    """
    regions = _chunks(engine, sound)
    finished: list[tuple[Region, Transcript]] = []
    keys = []
    for number, region in enumerate(regions):
        chunk = region.of(sound)
        key = _key(engine, chunk, language)
        transcript = store.get(key)
        if transcript is None:
            transcript = engine.transcribe(
                chunk, language=language, progress=_part(progress, number, len(regions)), cancelled=cancelled
            )
            store.put(key, transcript)
        keys.append(key)
        finished.append((region, transcript))
        language = language or (transcript.language if transcript.segments else None)
        if progress is not None:
            progress((number + 1) / len(regions))
    store.forget(keys)
    return _merged(finished, language)


def _chunks(engine: Engine, sound: Sound) -> tuple[Region, ...]:
    """Where to cut; the whole recording where the engine takes all of it, or nobody speaks."""
    whole = Region(0, sound.frames)
    if engine.chunk_s is None:
        return (whole,)
    return packed(speech_regions(sound, engine.chunk_s), engine.chunk_s) or (whole,)


def _key(engine: Engine, chunk: Waveform, language: str | None) -> str:
    """What the chunk's transcript follows from, hashed."""
    made_by = json.dumps([engine.name, engine.version, language])
    digest = hashlib.sha256(made_by.encode())
    digest.update(chunk.samples.astype("<f4").tobytes())
    return digest.hexdigest()


def _part(progress: Callable[[float], None] | None, number: int, count: int) -> Callable[[float], None] | None:
    """Progress of one chunk, told as progress of the whole."""
    return None if progress is None else lambda share: progress((number + share) / count)


def _merged(finished: list[tuple[Region, Transcript]], language: str | None) -> Transcript:
    """The chunks' transcripts, each moved to where its chunk begins; every note once."""
    first = finished[0][1]
    return Transcript(
        segments=tuple(
            shifted(segment, region.start_s) for region, transcript in finished for segment in transcript.segments
        ),
        language=language or first.language,
        engine=first.engine,
        engine_version=first.engine_version,
        notes=tuple(dict.fromkeys(note for _, transcript in finished for note in transcript.notes)),
    )
