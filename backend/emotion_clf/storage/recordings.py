"""Recordings kept with consent: files in a private folder or the store, named by us."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import StorageError
from emotion_clf.storage.media import RECORDINGS, recording_key

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from emotion_clf.audio import Waveform
    from emotion_clf.storage.media import Media

MEDIA_TYPE: Final = "audio/flac"
_ORPHAN_AFTER_S: Final = 3600


class RecordingStore:
    """FLAC files, one per analysis, of the decoded sound; the uploaded bytes themselves are never kept."""

    def __init__(self, media: Media) -> None:
        self._media = media

    def path(self, analysis_id: str) -> Path:
        """Where the recording of an analysis lies on this host, whether or not it is there."""
        return self._media.path(recording_key(analysis_id))

    def fetch(self, analysis_id: str) -> Path | None:
        """The recording of an analysis; None where there is none.

        Raises:
            StorageError: the store cannot be reached, here as in the methods below.
        """
        return self._media.fetch(recording_key(analysis_id))

    def kept(self, ids: Collection[str]) -> dict[str, str]:
        """The keys of those recordings that are there, by the ids of their analyses."""
        keys = {found: recording_key(found) for found in ids}
        there = self._media.holding(set(keys.values()))
        return {found: key for found, key in keys.items() if key in there}

    def save(self, analysis_id: str, waveform: Waveform) -> None:
        """Write a recording, readable by this user alone.

        Raises:
            StorageError: the folder, the disk or the store does not take it.
        """
        import soundfile

        target = self.path(analysis_id)
        partial = target.with_suffix(".part")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            partial.touch(mode=0o600)
            soundfile.write(partial, waveform.samples, waveform.sample_rate_hz, format="FLAC", subtype="PCM_16")
            partial.rename(target)
        except (OSError, AssertionError, soundfile.LibsndfileError) as error:
            # The library only asserts that a block was written whole.
            with suppress(OSError):
                partial.unlink()
            raise StorageError(
                "The recording could not be stored. Send it again without asking us to keep it."
            ) from error
        try:
            self._media.put(recording_key(analysis_id))
        except StorageError:
            target.unlink(missing_ok=True)
            raise

    def delete(self, analysis_id: str) -> None:
        """Delete a recording; nothing happens where there is none."""
        self._media.discard(recording_key(analysis_id))

    def ids(self, *, older_than_s: float = _ORPHAN_AFTER_S) -> list[str]:
        """Ids of the analyses that have a file here, leaving out files too young to judge."""
        newest = time.time() - older_than_s
        changed_at = self._media.changed_at(RECORDINGS)
        return [PurePath(name).stem for name, at_s in changed_at.items() if at_s <= newest]

    def discard(self, analysis_id: str) -> None:
        """Delete all files of an id, half-written ones too."""
        self._media.discard(recording_key(analysis_id), f"{RECORDINGS}/{analysis_id}.part")
