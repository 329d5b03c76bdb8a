"""Whether a recording was cut off where its decoder would not notice: WAV, OGG and MP3 just end."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final

from emotion_clf.audio.containers import MP3, OGG, WAV
from emotion_clf.audio.wav import UNKNOWN_BYTES, samples_of

if TYPE_CHECKING:
    from emotion_clf.audio.containers import Found

_FRAME_BYTES: Final = 2048
_TAG_BYTES: Final = 16
_PAGE_HEAD_BYTES: Final = 27
_LONGEST_PAGE_BYTES: Final = _PAGE_HEAD_BYTES + 255 + 255 * 255


def is_cut_off(source: IO[bytes], found: Found) -> bool:
    """Return whether an open file ends before it says it does."""
    descriptor, size_bytes = source.fileno(), os.fstat(source.fileno()).st_size
    if found.container == WAV:
        place, length = samples_of(descriptor, found.offset)
        return length < UNKNOWN_BYTES and place + length > size_bytes
    if found.container == MP3:
        return _mp3_is_cut_off(descriptor, found.offset, size_bytes)
    return found.container == OGG and _ogg_is_cut_off(descriptor, size_bytes)


def _ogg_is_cut_off(descriptor: int, size_bytes: int) -> bool:
    """Return whether the last page ends before the sizes in its head say."""
    start = max(size_bytes - _LONGEST_PAGE_BYTES, 0)
    end = os.pread(descriptor, _LONGEST_PAGE_BYTES, start)
    page = end[end.rfind(b"OggS") :]
    if not page.startswith(b"OggS") or len(page) < _PAGE_HEAD_BYTES:
        return True
    sizes = page[_PAGE_HEAD_BYTES : _PAGE_HEAD_BYTES + page[_PAGE_HEAD_BYTES - 1]]
    return len(page) < _PAGE_HEAD_BYTES + page[_PAGE_HEAD_BYTES - 1] + sum(sizes)


def _mp3_is_cut_off(descriptor: int, offset: int, size_bytes: int) -> bool:
    """Return whether there are fewer bytes than the first frame counts, where the encoder wrote that down."""
    frame = os.pread(descriptor, _FRAME_BYTES, offset)
    tag = max(frame.find(b"Xing"), frame.find(b"Info"))
    if tag < 0 or tag + _TAG_BYTES > len(frame):
        return False
    counts_frames, counts_bytes = frame[tag + 7] & 1, frame[tag + 7] & 2
    place = tag + 8 + 4 * counts_frames
    return bool(counts_bytes) and offset + int.from_bytes(frame[place : place + 4], "big") > size_bytes
