"""Files that are there as a whole or not at all, whenever the process is killed."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]


def write_whole(path: Path, write: Callable[[IO[bytes]], object], *, scratch: Path) -> None:
    """Write a file under another name, and give it its own when it is complete.

    Args:
        path: where it goes.
        write: puts its bytes into a stream.
        scratch: folder of the unfinished file, on the same file system.
    """
    descriptor, unfinished = tempfile.mkstemp(dir=scratch)
    with os.fdopen(descriptor, "wb") as stream:
        write(stream)
    Path(unfinished).chmod(0o644)
    Path(unfinished).replace(path)


@dataclass(frozen=True)
class ArrayStore:
    """Float32 arrays under names that follow from what they were made of, so that an old one never fits a new use.

    Attributes:
        folder: where they lie; it exists.
    """

    folder: Path

    def __contains__(self, key: str) -> bool:
        return self._path(key).is_file()

    def __getitem__(self, key: str) -> Floats:
        array: Floats = np.load(self._path(key), allow_pickle=False)
        return array

    def __setitem__(self, key: str, array: Floats) -> None:
        write_whole(self._path(key), lambda stream: np.save(stream, array), scratch=self.folder)

    def length(self, key: str) -> int:
        """Give the length of an array's first axis without reading its values."""
        return len(np.load(self._path(key), mmap_mode="r", allow_pickle=False))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.npy"
