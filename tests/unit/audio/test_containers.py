from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.audio import containers
from emotion_clf.errors import UnsupportedAudioError
from tests.support.sound import REPOSITORY, encode, voice

ENCODINGS = {
    "WAV": ["-f", "wav"],
    "FLAC": ["-f", "flac"],
    "MP3": ["-f", "mp3"],
    "OGG": ["-c:a", "libopus", "-f", "ogg"],
    "WebM": ["-c:a", "libopus", "-f", "webm"],
    "MP4": ["-c:a", "aac", "-f", "ipod"],
    "AAC": ["-c:a", "aac", "-f", "adts"],
    "CAF": ["-c:a", "alac", "-f", "caf"],
    "AIFF": ["-f", "aiff"],
    "WMA": ["-c:a", "wmav2", "-f", "asf"],
    "AU": ["-f", "au"],
    "Wave64": ["-f", "w64"],
    "AC-3": ["-c:a", "ac3", "-ar", "48000", "-f", "ac3"],
    "E-AC-3": ["-c:a", "eac3", "-ar", "48000", "-f", "eac3"],
    "MPEG-TS": ["-c:a", "aac", "-f", "mpegts"],
    "FLV": ["-c:a", "libmp3lame", "-ar", "44100", "-f", "flv"],
    "AVI": ["-c:a", "pcm_s16le", "-f", "avi"],
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_recognises_what_ffmpeg_writes(name: str) -> None:
    encoded = encode(voice(0.6), *ENCODINGS[name])
    assert containers.find_container(io.BytesIO(encoded)) == containers.Found(
        next(container for container in containers.CONTAINERS if container.name == name), len(tag_of(encoded))
    )


def tag_of(encoded: bytes) -> bytes:
    """The ID3 tag before an MP3, which ffmpeg writes there."""
    return encoded[: 10 + encoded[9]] if encoded.startswith(b"ID3") else b""


def test_looks_behind_tags_and_zeros() -> None:
    tag = b"ID3\3\0\0\0\0\0\x05hello"
    for before in (tag, bytes(2048), tag + tag, bytes(100) + tag, tag + bytes(3000)):
        for name in ("WAV", "AAC", "FLAC", "OGG"):
            encoded = encode(voice(0.6), *ENCODINGS[name])
            found = containers.find_container(io.BytesIO(before + encoded))
            assert (found.container.name, found.offset) == (name, len(before))


def test_a_tag_with_rubbish_behind_it_is_mp3() -> None:
    assert containers.find_container(io.BytesIO(b"ID3\3\0\0\0\0\0\x01x rubbish")) == containers.Found(containers.MP3, 0)


def test_a_webm_is_found_where_its_header_comes_late_and_missed_where_none_comes() -> None:
    whole = encode(voice(2.0), *ENCODINGS["WebM"])
    cluster = whole[whole.index(b"\x1f\x43\xb6\x75") :]
    assert containers.find_container(io.BytesIO(cluster + whole)).offset == len(cluster)
    with pytest.raises(UnsupportedAudioError, match="beginning of this WebM is missing"):
        containers.find_container(io.BytesIO(cluster))


def test_recognises_mp3_without_a_tag() -> None:
    encoded = encode(voice(0.6), "-f", "mp3", "-id3v2_version", "0", "-write_xing", "0")
    assert encoded[0] == 0xFF
    assert containers.recognise(encoded[:64]) is containers.MP3


@pytest.mark.parametrize(
    "head",
    [b"", b"\xff", b"RIFF", b"RIFF\0\0\0\0CDXA", b"#EXTM3U\nfile:///etc/passwd", b"ffconcat version 1.0", b"\xff\xe0"],
)
def test_refuses_what_is_not_audio(head: bytes) -> None:
    with pytest.raises(UnsupportedAudioError, match="Send WAV, MP3"):
        containers.recognise(head)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"#!AMR\n", "AMR"),
        (b"#!AMR-WB\n", "AMR"),
        (b"FORM\0\0\0\0AIFC", "AIFF"),
        (b"RIFX\0\0\0\0WAVE", "WAV"),
        (b"BW64\xff\xff\xff\xffWAVE", "WAV"),
        (b"\0\0\0\x18styp", "MP4"),
        (b"\0\0\0\x08wide", "MP4"),
        (b"\0\0\x10\0moov", "MP4"),
    ],
)
def test_knows_signatures_that_ffmpeg_does_not_write(head: bytes, name: str) -> None:
    assert containers.recognise(head).name == name


def test_one_list_names_the_formats() -> None:
    for container in containers.CONTAINERS:
        assert container.name in containers.READABLE
        assert set(container.suffixes) <= set(containers.SUFFIXES)


@given(st.binary(max_size=64))
def test_any_bytes_are_named_or_refused(head: bytes) -> None:
    try:
        assert containers.recognise(head).demuxer
    except UnsupportedAudioError as error:
        assert error.status == 415


def test_the_guide_names_every_format() -> None:
    guide = (REPOSITORY / "docs" / "users.md").read_text(encoding="utf-8")
    for container in containers.CONTAINERS:
        assert container.name in guide
