"""OGG in which one recording follows another: each link of the chain may have its own codec, rate and channels.

ffmpeg hears the first link, and of the others only those that are like it; what it does with the rest depends on its
version. So the links are decoded one by one, into one file.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final

from emotion_clf.audio.containers import OGG, WAV, Found
from emotion_clf.audio.ffmpeg import (
    ChildLimits,
    check_ran,
    descriptor_path,
    find_ffmpeg,
    reap,
    said,
    start_confined,
    too_slow,
)
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.audio.decode import DecodeOptions

_PAGE: Final = b"OggS"
_PAGE_HEAD_BYTES: Final = 27
_BEGINS: Final = 0x02
_CHANNELS: Final = 2
_FRAME_BYTES: Final = 2 * _CHANNELS
_MOST_LINKS: Final = 64
# Of a WAV with two channels of 16 bits, whose samples go on until its end.
_FORM: Final = struct.pack("<HHIIHH", 1, _CHANNELS, SAMPLE_RATE_HZ, SAMPLE_RATE_HZ * _FRAME_BYTES, _FRAME_BYTES, 16)
_WAV_HEAD: Final = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0" + _FORM + b"data\xff\xff\xff\xff"


@contextmanager
def in_one_piece(source: IO[bytes], found: Found, options: DecodeOptions) -> Iterator[tuple[IO[bytes], Found]]:
    """Give an open file as it is, or the links of a chained OGG as one WAV.

    Args:
        source: a seekable file with a descriptor.
        found: what it is.
        options: the decoder and its limits.

    Raises:
        UndecodableAudioError: a link takes too long.
        DecoderFailedError: the decoder could not work.
    """
    links = _links(source, found.offset) if found.container == OGG else []
    if len(links) < _CHANNELS:
        yield source, found
        return
    wanted_bytes = round((options.max_s + 1) * SAMPLE_RATE_HZ) * _FRAME_BYTES
    limits = ChildLimits(options.timeout_s, options.memory_bytes, 2 * wanted_bytes)
    with tempfile.TemporaryFile() as whole:
        whole.write(_WAV_HEAD)
        whole.flush()
        for start, end in links:
            if whole.seek(0, os.SEEK_END) > wanted_bytes:
                break
            _append(whole, source, (start, end), options, limits)
        yield whole, Found(WAV, 0)


def _links(source: IO[bytes], offset: int) -> list[tuple[int, int]]:
    """Find where each link begins and ends: at a page that begins a stream behind one that does not."""
    size = source.seek(0, os.SEEK_END)
    starts, among_first, place = [offset], True, offset
    while place < size and len(starts) < _MOST_LINKS:
        head = os.pread(source.fileno(), _PAGE_HEAD_BYTES + 255, place)
        if not head.startswith(_PAGE) or len(head) < _PAGE_HEAD_BYTES:
            break  # what is damaged is not taken apart
        begins = bool(head[5] & _BEGINS)
        if begins and not among_first:
            starts.append(place)
        among_first = begins
        count = head[_PAGE_HEAD_BYTES - 1]
        place += _PAGE_HEAD_BYTES + count + sum(head[_PAGE_HEAD_BYTES : _PAGE_HEAD_BYTES + count])
    return list(zip(starts, [*starts[1:], size], strict=True))


def _append(
    whole: IO[bytes], source: IO[bytes], place: tuple[int, int], options: DecodeOptions, limits: ChildLimits
) -> None:
    """Decode one link and write its sound behind the others; one without sound adds nothing."""
    with tempfile.TemporaryFile() as link, tempfile.TemporaryFile() as messages:
        source.seek(place[0])
        shutil.copyfileobj(_Part(source, place[1] - place[0]), link)
        link.flush()
        command = [find_ffmpeg(options.ffmpeg_path), "-nostdin", "-hide_banner", "-nostats", "-v", "level+info"]
        command += ["-f", OGG.demuxer, "-protocol_whitelist", "file,pipe", "-i", descriptor_path(link), "-map", "0:a:0"]
        command += ["-t", str(options.max_s + 1)]
        command += ["-f", "s16le", "-ar", str(SAMPLE_RATE_HZ), "-ac", str(_CHANNELS), "-threads", "1", "pipe:1"]
        child = start_confined(command, link, limits, output=whole, messages=messages)
        try:
            check_ran(child.wait(limits.wall_s), said(messages))
        except subprocess.TimeoutExpired:
            raise too_slow(child, limits.wall_s) from None
        finally:
            reap(child)


class _Part:
    """The next bytes of a file, as far as a limit."""

    def __init__(self, source: IO[bytes], size: int) -> None:
        self._source, self._left = source, size

    def read(self, size: int = -1) -> bytes:
        """Read on."""
        found = self._source.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(found)
        return found
