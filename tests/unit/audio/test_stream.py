from __future__ import annotations

import tempfile
from typing import IO, TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, decode
from emotion_clf.audio.stream import STREAM_FRAMES, open_stream
from emotion_clf.errors import (
    DecoderFailedError,
    EmotionError,
    InvalidSamplesError,
    NoAudioStreamError,
    TooLongError,
    TooShortError,
    UndecodableAudioError,
    UnsupportedAudioError,
)
from tests.support.processes import children
from tests.support.sound import encode, run_ffmpeg, voice, wav

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = DecodeOptions(min_s=2.0, max_s=60.0, timeout_s=60.0)
FORMS = {
    "wav": (),
    "mp3": ("-f", "mp3"),
    "ogg": ("-c:a", "libopus", "-f", "ogg"),
    "webm": ("-c:a", "libopus", "-f", "webm"),
    "flac": ("-f", "flac"),
    "aac": ("-c:a", "aac", "-f", "adts"),
}


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as found:
        yield found


def hold(file: IO[bytes], content: bytes) -> IO[bytes]:
    file.write(content)
    file.flush()
    return file


def made(form: str, samples: np.ndarray) -> bytes:
    return encode(samples, *FORMS[form]) if FORMS[form] else wav(samples)


def streamed(file: IO[bytes], options: DecodeOptions = OPTIONS) -> tuple[np.ndarray, bool]:
    with open_stream(file, options) as stream:
        blocks = list(stream.blocks())
        assert all(len(block) == STREAM_FRAMES for block in blocks[:-1])
        return np.concatenate(blocks), stream.damaged


@pytest.mark.parametrize("form", FORMS)
def test_the_blocks_are_the_sound_of_one_decode(file: IO[bytes], form: str) -> None:
    hold(file, made(form, voice(11.0)))
    found, damaged = streamed(file)
    np.testing.assert_array_equal(found[:, 0], decode(file, OPTIONS).waveform.samples)
    assert not damaged


def test_channels_stay_apart(file: IO[bytes]) -> None:
    samples = np.stack([voice(5.0) * gain for gain in (1.0, 0.5, 0.25, 0.0, 0.1, 0.2, 0.3, 0.4)], axis=1)
    found, _ = streamed(hold(file, wav(samples)))
    assert found.shape == samples.shape
    np.testing.assert_allclose(found, samples, atol=5e-5)


def test_as_long_as_allowed_is_taken_and_a_second_more_is_not(file: IO[bytes]) -> None:
    found, _ = streamed(hold(file, wav(voice(9.0))), DecodeOptions(max_s=9.0))
    assert len(found) == 9 * SAMPLE_RATE_HZ
    with pytest.raises(TooLongError, match="longer than 8 s"):
        streamed(file, DecodeOptions(max_s=8.0))


def test_a_recording_beyond_the_limit_is_never_cut(file: IO[bytes]) -> None:
    with pytest.raises(TooLongError, match="longer than 60 s"):
        streamed(hold(file, wav(np.zeros(70 * SAMPLE_RATE_HZ, dtype=np.float32))), DecodeOptions(max_s=60.0))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", TooShortError),
        (wav(voice(1.9)), TooShortError),
        (b"RIFF\x00\x00\x00\x00WAVEjunk", UndecodableAudioError),
        (b"A letter, not a call." * 50, UnsupportedAudioError),
        (wav(np.full(3 * SAMPLE_RATE_HZ, np.nan), subtype="FLOAT"), InvalidSamplesError),
    ],
    ids=["empty", "short", "junk", "letter", "nan"],
)
def test_what_is_no_call_is_refused(file: IO[bytes], content: bytes, error: type[EmotionError]) -> None:
    with pytest.raises(error):
        streamed(hold(file, content))


def test_a_film_without_sound_is_refused(file: IO[bytes]) -> None:
    film = run_ffmpeg(["-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=5", "-f", "matroska"])
    with pytest.raises(NoAudioStreamError):
        streamed(hold(file, film))


@pytest.mark.parametrize("form", ["wav", "mp3", "ogg", "webm", "flac", "aac"])
def test_what_is_left_of_a_file_that_was_cut_off_is_heard(file: IO[bytes], form: str) -> None:
    whole = made(form, voice(20.0))
    found, damaged = streamed(hold(file, whole[: len(whole) // 4 * 2]))
    assert damaged
    assert 5 < len(found) / SAMPLE_RATE_HZ < 15


def test_a_wav_that_was_streamed_is_whole(file: IO[bytes]) -> None:
    whole = bytearray(wav(voice(4.0)))
    whole[40:44] = b"\xff\xff\xff\xff"
    assert streamed(hold(file, bytes(whole)))[1] is False


def test_it_takes_no_longer_than_allowed(file: IO[bytes]) -> None:
    with pytest.raises(DecoderFailedError, match="Try again"):
        streamed(hold(file, wav(voice(4.0))), DecodeOptions(timeout_s=0.001))


def test_whoever_stops_leaves_no_decoder_behind(file: IO[bytes]) -> None:
    before = children()
    with open_stream(hold(file, wav(voice(59.0))), OPTIONS) as stream:
        next(stream.blocks())
        assert children() - before
    assert children() == before
