"""The whole way from a file to what a model hears, for inputs of the kinds that people send."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.signal

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, Listened, assess, listen
from emotion_clf.errors import NoAudioStreamError, SilentAudioError, UndecodableAudioError
from tests.support.sound import encode, run_ffmpeg, voice, wav
from tests.unit.audio.test_containers import ENCODINGS

if TYPE_CHECKING:
    from pathlib import Path

SHORT = DecodeOptions(max_s=6.0)
TAG = b"ID3\x03\0\0\0\0\0\x05hello"


def listened(content: bytes, options: DecodeOptions | None = None) -> Listened:
    with tempfile.TemporaryFile() as source:
        source.write(content)
        source.flush()
        return listen(source, options)


def speech_s(found: Listened) -> float:
    return found.speech / SAMPLE_RATE_HZ


def joined(*parts: np.ndarray) -> np.ndarray:
    return np.concatenate(parts).astype(np.float32)


def silence(duration_s: float) -> np.ndarray:
    return np.zeros(round(duration_s * SAMPLE_RATE_HZ), dtype=np.float32)


EXPECTED_S = speech_s(listened(wav(voice(2.5))))


@pytest.mark.parametrize("gain", [-1.0, -0.99, -0.5, 1.0, 0.0])
def test_opposite_phase_silences_nobody(gain: float) -> None:
    sound = voice(2.5)
    found = listened(wav(np.stack([sound, gain * sound], axis=1)))
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.1)
    assert found.decoded.opposed is (gain < 0)


def test_a_third_channel_upside_down_takes_no_voice_away() -> None:
    one, other = joined(voice(2.0), silence(2.0)), joined(silence(2.0), voice(2.0))
    found = listened(wav(np.stack([1.5 * one, other, -other], axis=1)))
    assert found.decoded.opposed
    assert np.abs(found.decoded.waveform.samples[2 * SAMPLE_RATE_HZ :]).max() > 0.1 * np.abs(other).max()
    assert found.heard.voiced[: 2 * SAMPLE_RATE_HZ].any()
    assert found.heard.voiced[2 * SAMPLE_RATE_HZ :].any()


def tracks(first: np.ndarray, second: np.ndarray, folder: Path, form: str) -> bytes:
    places = []
    for name, samples in (("one", first), ("two", second)):
        place = folder / f"{name}.wav"
        place.write_bytes(wav(samples))
        places += ["-i", str(place)]
    return run_ffmpeg([*places, "-map", "0", "-map", "1", "-c:a", "aac", "-f", form])


@pytest.mark.parametrize("form", ["mp4", "matroska", "mpegts"])
@pytest.mark.parametrize("speaks", [0, 1])
def test_the_track_that_speaks_is_heard(tmp_path: Path, form: str, speaks: int) -> None:
    sounds = [silence(2.5), voice(2.5)]
    found = listened(tracks(sounds[1 - speaks], sounds[speaks], tmp_path, form))
    assert (found.track, found.decoded.tracks) == (speaks, 2)
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.1)


def test_speech_that_begins_late_is_found() -> None:
    found = listened(encode(joined(silence(33.0), voice(2.5)), "-f", "flac"), SHORT)
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.1)
    assert 28 <= found.start_s <= 33
    assert not found.decoded.cut
    long = listened(encode(joined(silence(7.0), voice(20.0)), "-f", "flac"), SHORT)
    assert long.decoded.waveform.duration_s == 6.0
    assert long.decoded.cut


def test_silence_says_how_far_it_was_listened_to() -> None:
    found = listened(encode(silence(70.0), "-f", "flac"), SHORT)
    with pytest.raises(SilentAudioError, match="in its first 60 s"):
        assess(found.heard, found.searched_s)
    short = listened(wav(silence(3.0)))
    with pytest.raises(SilentAudioError, match=r"is silent\. Check"):
        assess(short.heard, short.searched_s)


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_format_is_heard_with_either_ffmpeg(name: str) -> None:
    system = shutil.which("ffmpeg")
    if system is None:
        pytest.skip("this machine has no ffmpeg of its own")
    imageio_ffmpeg = pytest.importorskip("imageio_ffmpeg")
    content = encode(joined(silence(0.3), voice(2.5), silence(0.3)), *ENCODINGS[name])
    one, other = (
        listened(content, DecodeOptions(ffmpeg_path=path)) for path in (system, imageio_ffmpeg.get_ffmpeg_exe())
    )
    assert speech_s(one) == pytest.approx(EXPECTED_S, abs=0.15)
    first, second = one.heard.waveform.samples, other.heard.waveform.samples
    assert len(first) == pytest.approx(len(second), abs=SAMPLE_RATE_HZ // 100)
    alike = scipy.signal.correlate(first, second, "full", "fft") / np.linalg.norm(first) / np.linalg.norm(second)
    assert alike.max() > 0.98
    assert alike.argmax() == pytest.approx(len(second) - 1, abs=4)


@pytest.mark.parametrize("name", ["WAV", "AAC", "FLAC", "MP3", "OGG"])
@pytest.mark.parametrize("before", [TAG, bytes(2048), bytes(64) + TAG], ids=["tag", "zeros", "zeros and tag"])
def test_what_comes_before_the_sound_is_passed_over(name: str, before: bytes) -> None:
    found = listened(before + encode(voice(2.5), *ENCODINGS[name]))
    assert found.decoded.container.name == name
    assert not found.decoded.damaged
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.15)


def test_a_webm_is_heard_from_its_header_on() -> None:
    whole = encode(voice(2.5), *ENCODINGS["WebM"])
    found = listened(whole[whole.index(b"\x1f\x43\xb6\x75") :] + whole)
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.15)


@pytest.mark.parametrize("shift", [True, False], ids=["cut away", "never there"])
def test_quicktime_without_its_first_box_is_heard(shift: bool) -> None:
    whole = encode(voice(2.5), "-c:a", "aac", "-f", "mov")
    first = int.from_bytes(whole[:4], "big")
    content = whole[first:] if shift else first.to_bytes(4, "big") + b"free" + bytes(first - 8) + whole[first:]
    found = listened(content)
    assert found.decoded.container.name == "MP4"
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.15)


def fragments() -> bytes:
    return encode(voice(2.5), "-c:a", "aac", "-movflags", "frag_keyframe+empty_moov", "-f", "mp4")


def test_a_segment_that_begins_with_styp_is_heard() -> None:
    whole = fragments()
    assert speech_s(listened(whole.replace(b"ftyp", b"styp", 1))) == pytest.approx(EXPECTED_S, abs=0.15)
    with pytest.raises((UndecodableAudioError, NoAudioStreamError)):
        listened(b"\0\0\0\x10stypmsdh\0\0\0\0" + whole[whole.index(b"moof") - 4 :])


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF, 0x7FFFFFFF, 8000, 16_001])
def test_a_wav_is_heard_whole_whatever_size_its_header_tells(size: int) -> None:
    content = bytearray(wav(voice(2.5)))
    content[40:44] = size.to_bytes(4, "little")
    found = listened(bytes(content))
    assert found.decoded.waveform.duration_s == pytest.approx(2.5, abs=0.01)
    assert not found.decoded.damaged


def test_chunks_behind_the_samples_are_no_sound() -> None:
    found = listened(wav(voice(2.5)) + b"LIST\x06\0\0\0INFOxx" + b"bext\x00\x10\0\0" + bytes(4096))
    assert found.decoded.waveform.duration_s == pytest.approx(2.5, abs=0.001)
    assert not found.decoded.damaged


@pytest.mark.parametrize("name", ["WAV", "OGG", "MP3", "FLAC"])
def test_what_was_cut_off_is_told(name: str) -> None:
    content = encode(voice(4.0), *ENCODINGS[name])
    assert not listened(content).decoded.damaged
    assert listened(content[: len(content) // 4 * 2]).decoded.damaged


def test_a_big_endian_wav_is_heard() -> None:
    samples = (voice(2.5) * 32767).astype(">i2").tobytes()
    form = b"\0\1\0\1" + (16_000).to_bytes(4, "big") + (32_000).to_bytes(4, "big") + b"\0\2\0\x10"
    body = b"WAVEfmt " + (16).to_bytes(4, "big") + form + b"data" + len(samples).to_bytes(4, "big") + samples
    found = listened(b"RIFX" + len(body).to_bytes(4, "big") + body)
    assert speech_s(found) == pytest.approx(EXPECTED_S, abs=0.05)
    assert not found.decoded.damaged


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("-c:a", "libvorbis", "-ar", "44100", "-ac", "2"), ("-c:a", "libvorbis", "-ac", "1")),
        (("-c:a", "libopus", "-ac", "1"), ("-c:a", "libopus", "-ac", "2")),
        (("-c:a", "flac"), ("-c:a", "libvorbis", "-ar", "48000")),
    ],
    ids=["rate", "channels", "codec"],
)
def test_a_chain_of_recordings_is_heard_whole(first: tuple[str, ...], second: tuple[str, ...]) -> None:
    content = b"".join(encode(voice(2.5), *link, "-f", "ogg") for link in (first, second))
    found = listened(content)
    assert found.decoded.container.name == "OGG"
    assert found.decoded.waveform.duration_s == pytest.approx(5.0, abs=0.1)
    assert not found.decoded.damaged
    assert listened(content[:-2000]).decoded.damaged
