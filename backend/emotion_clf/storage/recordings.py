"""Recordings kept with consent: files in a private folder, named by us."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import StorageError

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.audio import Waveform

MEDIA_TYPE: Final = "audio/flac"
_ORPHAN_AFTER_S: Final = 3600


class RecordingStore:
    """FLAC files, one per analysis, of the decoded sound; the uploaded bytes themselves are never kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, analysis_id: str) -> Path:
        """Where the recording of an analysis lies, whether or not it is there."""
        return self._folder / f"{analysis_id}.flac"

    def save(self, analysis_id: str, waveform: Waveform) -> None:
        """Write a recording, readable by this user alone.

        Raises:
            StorageError: the folder or the disk does not take it.
        """
        import soundfile

        target = self.path(analysis_id)
        partial = target.with_suffix(".part")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
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

    def delete(self, analysis_id: str) -> None:
        """Delete a recording; nothing happens where there is none."""
        self.path(analysis_id).unlink(missing_ok=True)

    def ids(self, *, older_than_s: float = _ORPHAN_AFTER_S) -> list[str]:
        """Ids of the analyses that have a file here, leaving out files too young to judge."""
        newest = time.time() - older_than_s
        return [path.stem for path in self._folder.glob("*.*") if path.stat().st_mtime <= newest]

    def discard(self, analysis_id: str) -> None:
        """Delete all files of an id, half-written ones too."""
        for path in self._folder.glob(f"{analysis_id}.*"):
            path.unlink(missing_ok=True)
