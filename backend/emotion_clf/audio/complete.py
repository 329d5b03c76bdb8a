"""Whether a recording was cut off where its decoder would not notice: plain WAV and OGG just end."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final

from emotion_clf.audio.containers import OGG, WAV

if TYPE_CHECKING:
    from emotion_clf.audio.containers import Container

# A writer that cannot go back leaves a size like this for "until the end".
_UNKNOWN_BYTES: Final = 0x7FFFF000
_CHUNK_HEAD_BYTES: Final = 8
_WAV_HEAD_BYTES: Final = 12
_CHUNKS_READ: Final = 64
_PAGE_HEAD_BYTES: Final = 27
_LONGEST_PAGE_BYTES: Final = _PAGE_HEAD_BYTES + 255 + 255 * 255


def is_cut_off(source: IO[bytes], container: Container) -> bool:
    """Whether an open file ends before it says it does."""
    size_bytes = os.fstat(source.fileno()).st_size
    if container == WAV:
        return _wav_is_cut_off(source.fileno(), size_bytes)
    return container == OGG and _ogg_is_cut_off(source.fileno(), size_bytes)


def _wav_is_cut_off(descriptor: int, size_bytes: int) -> bool:
    """Whether the samples end before the size that is written over them."""
    place = _WAV_HEAD_BYTES
    for _ in range(_CHUNKS_READ):
        head = os.pread(descriptor, _CHUNK_HEAD_BYTES, place)
        length = int.from_bytes(head[4:], "little")
        if head[:4] == b"data":
            return length < _UNKNOWN_BYTES and place + _CHUNK_HEAD_BYTES + length > size_bytes
        place += _CHUNK_HEAD_BYTES + length + length % 2
    return False


def _ogg_is_cut_off(descriptor: int, size_bytes: int) -> bool:
    """Whether the last page ends before the sizes in its head say."""
    start = max(size_bytes - _LONGEST_PAGE_BYTES, 0)
    end = os.pread(descriptor, _LONGEST_PAGE_BYTES, start)
    page = end[end.rfind(b"OggS") :]
    if not page.startswith(b"OggS") or len(page) < _PAGE_HEAD_BYTES:
        return True
    sizes = page[_PAGE_HEAD_BYTES : _PAGE_HEAD_BYTES + page[_PAGE_HEAD_BYTES - 1]]
    return len(page) < _PAGE_HEAD_BYTES + page[_PAGE_HEAD_BYTES - 1] + sum(sizes)
