"""Whether a recording was cut off where its decoder would not notice: WAV, OGG and MP3 just end."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final

from emotion_clf.audio.containers import MP3, OGG, WAV

if TYPE_CHECKING:
    from emotion_clf.audio.containers import Container

# A writer that cannot go back leaves a size like this for "until the end".
_UNKNOWN_BYTES: Final = 0x7FFFF000
_CHUNK_HEAD_BYTES: Final = 8
_WAV_HEAD_BYTES: Final = 12
_CHUNKS_READ: Final = 64
_ID3_HEAD_BYTES: Final = 10
_FRAME_BYTES: Final = 2048
_TAG_BYTES: Final = 16
_PAGE_HEAD_BYTES: Final = 27
_LONGEST_PAGE_BYTES: Final = _PAGE_HEAD_BYTES + 255 + 255 * 255


def is_cut_off(source: IO[bytes], container: Container) -> bool:
    """Whether an open file ends before it says it does."""
    size_bytes = os.fstat(source.fileno()).st_size
    if container == WAV:
        return _wav_is_cut_off(source.fileno(), size_bytes)
    if container == MP3:
        return _mp3_is_cut_off(source.fileno(), size_bytes)
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


def _mp3_is_cut_off(descriptor: int, size_bytes: int) -> bool:
    """Whether there are fewer bytes than the first frame counts, where the encoder wrote that down."""
    head = os.pread(descriptor, _ID3_HEAD_BYTES, 0)
    start = 0
    if head.startswith(b"ID3"):
        start = _ID3_HEAD_BYTES + sum(byte << 7 * place for place, byte in enumerate(reversed(head[6:])))
    frame = os.pread(descriptor, _FRAME_BYTES, start)
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0 or tag + _TAG_BYTES > len(frame):
        return False
    counts_frames, counts_bytes = frame[tag + 7] & 1, frame[tag + 7] & 2
    place = tag + 8 + 4 * counts_frames
    return bool(counts_bytes) and start + int.from_bytes(frame[place : place + 4], "big") > size_bytes
