"""Which container a file is, known by its bytes and never by its name or the client's word."""

from __future__ import annotations

from dataclasses import dataclass
from typing import IO, Final

from emotion_clf.errors import UnsupportedAudioError

HEAD_BYTES: Final = 1024
_SEARCHED_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Container:
    """A container format.

    Attributes:
        name: what people call it.
        demuxer: ffmpeg's name for it, forced so that ffmpeg never guesses.
        suffixes: of files of this format, for the pages' choosers.
    """

    name: str
    demuxer: str
    suffixes: tuple[str, ...] = ()


WAV = Container("WAV", "wav", (".wav",))
MP3 = Container("MP3", "mp3", (".mp3",))
FLAC = Container("FLAC", "flac", (".flac",))
OGG = Container("OGG", "ogg", (".ogg", ".oga", ".opus"))
MATROSKA = Container("WebM", "matroska", (".webm", ".mkv", ".mka"))
MP4 = Container("MP4", "mp4", (".mp4", ".m4a", ".mov", ".3gp"))
AAC = Container("AAC", "aac", (".aac",))
AMR = Container("AMR", "amr", (".amr",))
CAF = Container("CAF", "caf", (".caf",))
AIFF = Container("AIFF", "aiff", (".aiff", ".aif", ".aifc"))
ASF = Container("WMA", "asf", (".wma", ".asf", ".wmv"))
AU = Container("AU", "au", (".au", ".snd"))
W64 = Container("Wave64", "w64", (".w64",))
AC3 = Container("AC-3", "ac3", (".ac3",))
EAC3 = Container("E-AC-3", "eac3", (".eac3", ".ec3"))
MPEGTS = Container("MPEG-TS", "mpegts", (".ts", ".mts", ".m2ts"))
FLV = Container("FLV", "flv", (".flv",))
AVI = Container("AVI", "avi", (".avi",))

CONTAINERS: Final = (
    *(WAV, MP3, FLAC, OGG, MATROSKA, MP4, AAC),
    *(AMR, CAF, AIFF, ASF, AU, W64, AC3, EAC3, MPEGTS, FLV, AVI),
)
# People know some of them by more than one name.
_SPOKEN: Final = {MATROSKA: "WebM/MKV", MP4: "MP4/M4A/MOV/3GP", ASF: "WMA/ASF"}
_NAMES: Final = [_SPOKEN.get(container, container.name) for container in CONTAINERS]
READABLE: Final = f"{', '.join(_NAMES[:-1])} or {_NAMES[-1]}"
SUFFIXES: Final = tuple(suffix for container in CONTAINERS for suffix in container.suffixes)

# (offset, bytes there) that all have to match, tried in this order.
_SIGNATURES: Final = (
    (((0, b"RIFF"), (8, b"WAVE")), WAV),
    (((0, b"RIFX"), (8, b"WAVE")), WAV),
    (((0, b"RF64"), (8, b"WAVE")), WAV),
    (((0, b"BW64"), (8, b"WAVE")), WAV),
    (((0, b"RIFF"), (8, b"AVI ")), AVI),
    (((0, b"fLaC"),), FLAC),
    (((0, b"OggS"),), OGG),
    (((0, b"\x1a\x45\xdf\xa3"),), MATROSKA),
    (((0, b"#!AMR\n"),), AMR),
    (((0, b"#!AMR-WB\n"),), AMR),
    (((0, b"caff\0\1"),), CAF),
    (((0, b"FORM"), (8, b"AIFF")), AIFF),
    (((0, b"FORM"), (8, b"AIFC")), AIFF),
    (((0, bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")),), ASF),
    (((0, b".snd"),), AU),
    (((0, b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")),), W64),
    (((0, b"FLV\1"),), FLV),
    (((0, b"\x47"), (188, b"\x47"), (376, b"\x47")), MPEGTS),
    (((4, b"\x47"), (196, b"\x47"), (388, b"\x47")), MPEGTS),  # as cameras write it, each packet with its time
    *((((4, box),), MP4) for box in (b"ftyp", b"styp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")),
)
_ID3: Final = b"ID3"
_ID3_HEAD_BYTES: Final = 10
_ID3_FOOTER: Final = 0x10
_TAGS_READ: Final = 16
_EBML: Final = b"\x1a\x45\xdf\xa3"
_CLUSTER: Final = b"\x1f\x43\xb6\x75"
# MPEG audio and raw AAC both begin with eleven or twelve set bits; the two layer bits tell them apart.
_SYNC_MASK: Final = 0xFFE0
_AAC_SYNC_MASK: Final = 0xFFF6
_AAC_SYNC: Final = 0xFFF0
_LAYER_MASK: Final = 0x0006
_AC3_SYNC: Final = 0x0B77
_AC3_VERSION_BYTE: Final = 5
_LAST_AC3: Final = 10
_LAST_EAC3: Final = 16


@dataclass(frozen=True, slots=True)
class Found:
    """A container, and where in the file it begins."""

    container: Container
    offset: int


def find_container(source: IO[bytes]) -> Found:
    """Name the container of a file, past tags, zeros and a lost beginning that come before it.

    Raises:
        UnsupportedAudioError: it is none of the known containers, or one whose beginning is missing.
    """
    tagged = _past_tags(source, 0)
    offset = tagged
    if not _signed(_read(source, offset, HEAD_BYTES)):
        offset = _past_tags(source, offset + _leading_zeros(source, offset))
    if _read(source, offset, len(_CLUSTER)) == _CLUSTER:
        offset += _until_header(source, offset)
    try:
        return Found(recognise(_read(source, offset, HEAD_BYTES)), offset)
    except UnsupportedAudioError:
        if not tagged:
            raise
        return Found(MP3, 0)  # the tag is MP3's own, and its decoder finds the first frame behind what is in the way


def recognise(head: bytes) -> Container:
    """Name the container from its first bytes.

    Args:
        head: the first 1,024 bytes, or all of a shorter file.

    Raises:
        UnsupportedAudioError: the bytes begin like none of the known containers.
    """
    found = _signed(head) or _synchronised(head)
    if found is None:
        raise UnsupportedAudioError(f"This file is not audio in a format we know. Send {READABLE}.")
    return found


def _signed(head: bytes) -> Container | None:
    """Find the container that signs its files so."""
    for places, container in _SIGNATURES:
        if all(head[offset : offset + len(expected)] == expected for offset, expected in places):
            return container
    return None


def _synchronised(head: bytes) -> Container | None:
    """Find the container of bare frames, which begin with a pattern of bits."""
    sync = int.from_bytes(head[:2], "big")
    if sync & _AAC_SYNC_MASK == _AAC_SYNC:
        return AAC
    if sync & _SYNC_MASK == _SYNC_MASK and sync & _LAYER_MASK:
        return MP3
    if sync == _AC3_SYNC and len(head) > _AC3_VERSION_BYTE:
        version = head[_AC3_VERSION_BYTE] >> 3
        return AC3 if version <= _LAST_AC3 else EAC3 if version <= _LAST_EAC3 else None
    return None


def _past_tags(source: IO[bytes], offset: int) -> int:
    """Find where the ID3 tags at a place end; any format may carry them."""
    for _ in range(_TAGS_READ):
        head = _read(source, offset, _ID3_HEAD_BYTES)
        if not head.startswith(_ID3) or len(head) < _ID3_HEAD_BYTES:
            break
        size = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(reversed(head[6:])))
        offset += _ID3_HEAD_BYTES + size + (_ID3_HEAD_BYTES if head[5] & _ID3_FOOTER else 0)
    return offset


def _leading_zeros(source: IO[bytes], offset: int) -> int:
    """Count the zeros at a place, up to a limit."""
    searched = _read(source, offset, _SEARCHED_BYTES)
    return len(searched) - len(searched.lstrip(b"\0"))


def _until_header(source: IO[bytes], offset: int) -> int:
    """Count the bytes before the header of a WebM that begins in the middle.

    Raises:
        UnsupportedAudioError: there is no header.
    """
    found = _read(source, offset, _SEARCHED_BYTES).find(_EBML)
    if found < 0:
        raise UnsupportedAudioError(
            "The beginning of this WebM is missing, and without it the rest cannot be heard. Send the recording from "
            "its start; a recorder that sends pieces has to send the first one too."
        )
    return found


def _read(source: IO[bytes], offset: int, size: int) -> bytes:
    source.seek(offset)
    return source.read(size)
