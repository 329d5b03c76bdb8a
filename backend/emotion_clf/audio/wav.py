"""What a WAV says of itself, where ffmpeg has to be told more than it reads."""

from __future__ import annotations

import os
from typing import IO, TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from emotion_clf.audio.containers import Found

# A writer that cannot go back leaves a size like this, or none, for "until the end".
UNKNOWN_BYTES: Final = 0x7FFFF000
_HEAD_BYTES: Final = 12
_CHUNK_HEAD_BYTES: Final = 8
_CHUNKS_READ: Final = 64
_BIG: Final = {(1, 16): "pcm_s16be", (1, 24): "pcm_s24be", (1, 32): "pcm_s32be", (3, 32): "pcm_f32be"}


def wav_options(source: IO[bytes], found: Found) -> dict[str, str | int]:
    """Return ffmpeg's input options for a WAV whose header is wrong, or whose samples are big-endian."""
    descriptor, options = source.fileno(), dict[str, str | int]()
    if _hides_sound(descriptor, found.offset):
        options["ignore_length"] = 1
    if _order(descriptor, found.offset) == "big":  # ffmpeg turns the header round and not the samples
        place, _ = _chunk(descriptor, found.offset, b"fmt ")
        form = os.pread(descriptor, 16, place)
        codec = _BIG.get((int.from_bytes(form[:2], "big"), int.from_bytes(form[14:16], "big")))
        options |= {"acodec": codec} if codec else {}
    return options


def samples_of(descriptor: int, offset: int) -> tuple[int, int]:
    """Find where the samples of a WAV begin and how many bytes they are said to be; (0, 0) where there are none."""
    return _chunk(descriptor, offset, b"data")


def _hides_sound(descriptor: int, offset: int) -> bool:
    """Return whether a WAV goes on behind its samples with what is no chunk: more samples than its header counts."""
    size_bytes = os.fstat(descriptor).st_size
    place, length = samples_of(descriptor, offset)
    end = place + length + length % 2
    if not place or not length or length >= UNKNOWN_BYTES:
        return False
    for _ in range(_CHUNKS_READ):
        if end + _CHUNK_HEAD_BYTES > size_bytes:
            return False
        head = os.pread(descriptor, _CHUNK_HEAD_BYTES, end)
        if not head[:4].isascii() or not head[:4].decode("ascii").isprintable():
            return any(head)
        end += _CHUNK_HEAD_BYTES + int.from_bytes(head[4:], _order(descriptor, offset))
        end += end % 2
    return False


def _order(descriptor: int, offset: int) -> Literal["big", "little"]:
    return "big" if os.pread(descriptor, 4, offset) == b"RIFX" else "little"


def _chunk(descriptor: int, offset: int, name: bytes) -> tuple[int, int]:
    """Find where the content of a chunk begins and how long it is said to be; (0, 0) where there is none."""
    place = offset + _HEAD_BYTES
    order = _order(descriptor, offset)
    for _ in range(_CHUNKS_READ):
        head = os.pread(descriptor, _CHUNK_HEAD_BYTES, place)
        length = int.from_bytes(head[4:], order)
        if head[:4] == name:
            return place + _CHUNK_HEAD_BYTES, length
        place += _CHUNK_HEAD_BYTES + length + length % 2
    return 0, 0
