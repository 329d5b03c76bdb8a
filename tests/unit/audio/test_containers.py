from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.audio import containers
from emotion_clf.errors import UnsupportedAudioError
from tests.support.sound import encode, voice

ENCODINGS = {
    "WAV": ["-f", "wav"],
    "FLAC": ["-f", "flac"],
    "MP3": ["-f", "mp3"],
    "OGG": ["-c:a", "libopus", "-f", "ogg"],
    "WebM": ["-c:a", "libopus", "-f", "webm"],
    "MP4": ["-c:a", "aac", "-f", "ipod"],
    "AAC": ["-c:a", "aac", "-f", "adts"],
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_recognises_what_ffmpeg_writes(name: str) -> None:
    encoded = encode(voice(0.6), *ENCODINGS[name])
    assert containers.recognise(encoded[: containers.HEAD_BYTES]).name == name


def test_recognises_mp3_without_a_tag() -> None:
    encoded = encode(voice(0.6), "-f", "mp3", "-id3v2_version", "0", "-write_xing", "0")
    assert encoded[0] == 0xFF
    assert containers.recognise(encoded[:64]) is containers.MP3


@pytest.mark.parametrize(
    "head",
    [b"", b"\xff", b"RIFF", b"RIFF\0\0\0\0AVI ", b"#EXTM3U\nfile:///etc/passwd", b"ffconcat version 1.0", b"\xff\xe0"],
)
def test_refuses_what_is_not_audio(head: bytes) -> None:
    with pytest.raises(UnsupportedAudioError, match="Send WAV, MP3"):
        containers.recognise(head)


@given(st.binary(max_size=64))
def test_any_bytes_are_named_or_refused(head: bytes) -> None:
    try:
        assert containers.recognise(head).demuxer
    except UnsupportedAudioError as error:
        assert error.status == 415
