"""The clips to embed, by the bytes of their files."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from emotion_clf.bundles import sha256_of
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ml_models.data.corpora import Clip


@dataclass(frozen=True)
class ListedClip:
    """A clip to embed.

    Attributes:
        name: its path relative to the data folder, with slashes.
        path: where it is.
        sha256: of the file's bytes; of no bytes where it cannot be read.
    """

    name: str
    path: Path
    sha256: str


def list_clips(clips: Iterable[Clip], root: Path) -> tuple[ListedClip, ...]:
    """Name and fingerprint clips.

    Args:
        clips: the recordings.
        root: data folder.

    Raises:
        TrainingDataError: no clips, or one of them twice.
    """
    listed = tuple(
        ListedClip(Path(os.path.relpath(clip.path, root)).as_posix(), clip.path, _sha256(clip.path)) for clip in clips
    )
    if not listed:
        raise TrainingDataError("There are no clips to embed.")
    name, times = Counter(clip.name for clip in listed).most_common(1)[0]
    if times > 1:
        raise TrainingDataError(f"{name} is listed {times} times. Keep one line of it in the table.")
    return listed


def _sha256(path: Path) -> str:
    try:
        return sha256_of(path)
    except OSError:
        return hashlib.sha256().hexdigest()  # decoding will say what is the matter with it
