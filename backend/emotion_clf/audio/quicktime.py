"""QuickTime whose first box was cut away: every place that it names lies too far on by that box's length."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from emotion_clf.audio.containers import MP4, Found

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD_BYTES: Final = 8
_LONGEST_BOX_BYTES: Final = 1024
_LONGEST_INDEX_BYTES: Final = 1 << 26
_BOXES_READ: Final = 64
_PLACES: Final = b"stco"
_FIRST: Final = (b"ftyp", b"styp")


@contextmanager
def with_first_box(source: IO[bytes], found: Found) -> Iterator[IO[bytes]]:
    """Give an open file as it is, or a copy with an empty box where its first one is missing."""
    missing = _missing_bytes(source.fileno()) if found.container == MP4 else 0
    if not missing:
        yield source
        return
    with tempfile.TemporaryFile() as whole:
        whole.write(missing.to_bytes(4, "big") + b"free" + bytes(missing - _HEAD_BYTES))
        source.seek(0)
        shutil.copyfileobj(source, whole)
        whole.flush()
        yield whole


def _missing_bytes(descriptor: int) -> int:
    """Count the bytes of the first box that is missing; 0 where none is."""
    boxes = _boxes(descriptor)
    if b"mdat" not in boxes or b"moov" not in boxes or next(iter(boxes)) in _FIRST:
        return 0
    place, length = boxes[b"moov"]
    index = os.pread(descriptor, min(length, _LONGEST_INDEX_BYTES), place)
    at = index.find(_PLACES)
    if at < 0:
        return 0
    missing = int.from_bytes(index[at + 12 : at + 16], "big") - (boxes[b"mdat"][0] + _HEAD_BYTES)
    return missing if _HEAD_BYTES <= missing <= _LONGEST_BOX_BYTES else 0


def _boxes(descriptor: int) -> dict[bytes, tuple[int, int]]:
    """Find the place and the length of each kind of outermost box, in their order."""
    found: dict[bytes, tuple[int, int]] = {}
    place = 0
    for _ in range(_BOXES_READ):
        head = os.pread(descriptor, _HEAD_BYTES, place)
        length = int.from_bytes(head[:4], "big")
        if length < _HEAD_BYTES:
            break
        found.setdefault(head[4:], (place, length))
        place += length
    return found
