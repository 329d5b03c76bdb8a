"""Which container a file is, known by its first bytes and never by its name or the client's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from emotion_clf.errors import UnsupportedAudioError

HEAD_BYTES: Final = 64
READABLE = "WAV, MP3, FLAC, OGG, WebM, MP4/M4A or AAC"


@dataclass(frozen=True, slots=True)
class Container:
    """A container format.

    Attributes:
        name: what people call it.
        demuxer: ffmpeg's name for it, forced so that ffmpeg never guesses.
    """

    name: str
    demuxer: str


WAV = Container("WAV", "wav")
FLAC = Container("FLAC", "flac")
MP3 = Container("MP3", "mp3")
OGG = Container("OGG", "ogg")
MATROSKA = Container("WebM", "matroska")
MP4 = Container("MP4", "mp4")
AAC = Container("AAC", "aac")


# (offset, bytes there) that all have to match, tried in this order.
_SIGNATURES: Final = (
    (((0, b"RIFF"), (8, b"WAVE")), WAV),
    (((0, b"RF64"), (8, b"WAVE")), WAV),
    (((0, b"fLaC"),), FLAC),
    (((0, b"OggS"),), OGG),
    (((0, b"\x1a\x45\xdf\xa3"),), MATROSKA),
    (((4, b"ftyp"),), MP4),
    (((0, b"ID3"),), MP3),
)
# MPEG audio and raw AAC both begin with eleven or twelve set bits; the two layer bits tell them apart.
_SYNC_MASK: Final = 0xFFE0
_AAC_SYNC_MASK: Final = 0xFFF6
_AAC_SYNC: Final = 0xFFF0
_LAYER_MASK: Final = 0x0006


def recognise(head: bytes) -> Container:
    """Name the container from the first bytes of a file.

    Args:
        head: the first 64 bytes, or all of a shorter file.

    Raises:
        UnsupportedAudioError: the bytes begin like none of the known containers.
    """
    for places, container in _SIGNATURES:
        if all(head[offset : offset + len(expected)] == expected for offset, expected in places):
            return container
    sync = int.from_bytes(head[:2], "big")
    if sync & _AAC_SYNC_MASK == _AAC_SYNC:
        return AAC
    if sync & _SYNC_MASK == _SYNC_MASK and sync & _LAYER_MASK:
        return MP3
    raise UnsupportedAudioError(f"This file is not audio in a format we know. Send {READABLE}.")
