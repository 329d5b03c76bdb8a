from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import numpy as np
import pytest
import scipy.signal
import soundfile

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, decode, decode_path
from emotion_clf.audio.ffmpeg import find_ffmpeg
from emotion_clf.errors import (
    DecoderFailedError,
    DecoderMissingError,
    EmotionError,
    InvalidRequestError,
    InvalidSamplesError,
    NoAudioStreamError,
    TooShortError,
    UndecodableAudioError,
    UnsupportedAudioError,
)
from tests.support.processes import children
from tests.support.sound import encode, real_clips, run_ffmpeg, voice, wav
from tests.unit.audio.test_containers import ENCODINGS

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.audio import Decoded


def decode_bytes(data: bytes, options: DecodeOptions | None = None) -> Decoded:
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.flush()
        return decode(source, options)


@pytest.mark.parametrize("name", ENCODINGS)
def test_every_container_gives_the_same_sound(name: str) -> None:
    original = voice(2.0)
    decoded = decode_bytes(encode(original, *ENCODINGS[name]))
    assert decoded.container.name == name
    assert not decoded.damaged
    samples = decoded.waveform.samples
    assert samples.dtype == np.float32
    assert abs(len(samples) - len(original)) <= 0.15 * SAMPLE_RATE_HZ
    # A codec may delay by some milliseconds: compare at the best alignment.
    reference, heard = original[4000:20_000], samples[:24_000].astype(np.float64)
    energy = np.concatenate([[0.0], np.cumsum(np.square(heard))])
    norms = np.sqrt(energy[len(reference) :] - energy[: -len(reference)])
    scores = scipy.signal.correlate(heard, reference, "valid", "fft")
    assert (scores / (norms * np.linalg.norm(reference))).max() > 0.95


def test_wav_is_decoded_sample_for_sample() -> None:
    original = voice(1.0)
    np.testing.assert_allclose(decode_bytes(wav(original)).waveform.samples, original, atol=1 / 2**15)


def test_channels_are_averaged_without_becoming_louder() -> None:
    original = voice(1.0)
    stereo = decode_bytes(wav(np.stack([original, np.zeros_like(original)], axis=1)))
    assert stereo.channels == 2
    np.testing.assert_allclose(stereo.waveform.samples, original / 2, atol=1 / 2**14)


def test_eight_channels_at_192_khz_become_one_at_16_khz() -> None:
    tone = 0.3 * np.sin(2 * np.pi * 440 * np.arange(192_000) / 192_000)
    decoded = decode_bytes(wav(np.repeat(tone[:, None], 8, axis=1), 192_000))
    assert decoded.channels == 8
    assert len(decoded.waveform.samples) == pytest.approx(SAMPLE_RATE_HZ, abs=2)
    spectrum = np.abs(np.fft.rfft(decoded.waveform.samples[:SAMPLE_RATE_HZ]))
    assert spectrum.argmax() == 440


@pytest.mark.parametrize("path", real_clips(8), ids=lambda path: path.stem)
def test_real_clips_decode_as_soundfile_reads_them(path: Path) -> None:
    decoded = decode_path(path)
    reference, rate_hz = soundfile.read(path, dtype="float32")
    assert decoded.waveform.duration_s == pytest.approx(len(reference) / rate_hz, abs=0.01)
    assert not decoded.damaged
    if path.suffix == ".flac" and rate_hz == SAMPLE_RATE_HZ:
        np.testing.assert_allclose(decoded.waveform.samples, reference, atol=1 / 2**15)


def test_long_recording_is_cut_and_says_so() -> None:
    decoded = decode_bytes(encode(voice(40.0), "-f", "flac"))
    assert decoded.cut
    assert decoded.waveform.duration_s == 30.0


def test_ten_hours_of_silence_in_a_small_file_are_cheap() -> None:
    silence = ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "36000"]
    hours = run_ffmpeg([*silence, "-frame_size", "65535", "-f", "flac"])
    decoded = decode_bytes(hours)
    assert decoded.cut
    assert len(decoded.waveform.samples) == 30 * SAMPLE_RATE_HZ


def test_truncated_file_gives_what_is_there_and_says_so() -> None:
    whole = encode(voice(4.0), "-f", "flac")
    decoded = decode_bytes(whole[: len(whole) // 2])
    assert decoded.damaged
    assert 0.5 < decoded.waveform.duration_s < 3.5


def test_header_alone_is_refused() -> None:
    with pytest.raises((TooShortError, UndecodableAudioError)):
        decode_bytes(wav(voice(2.0))[:44])
    with pytest.raises(UndecodableAudioError, match="damaged or incomplete"):
        decode_bytes(encode(voice(1.0), "-c:a", "aac", "-f", "ipod")[:64])


def test_empty_and_short_files_are_refused() -> None:
    with pytest.raises(TooShortError, match="empty"):
        decode_bytes(b"")
    with pytest.raises(TooShortError, match=r"0\.49 s"):
        decode_bytes(wav(voice(0.49)))
    assert decode_bytes(wav(voice(0.5))).waveform.duration_s == 0.5


def test_text_named_wav_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "speech.wav"
    path.write_text("file:///etc/passwd\n" * 10, encoding="ascii")
    with pytest.raises(UnsupportedAudioError):
        decode_path(path)


def test_not_a_number_is_refused() -> None:
    samples = voice(1.0)
    samples[100] = np.nan
    with pytest.raises(InvalidSamplesError, match="not numbers"):
        decode_bytes(wav(samples, subtype="FLOAT"))


def test_video_needs_a_sound_track() -> None:
    video = ["-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=1"]
    silent = run_ffmpeg([*video, "-c:v", "mpeg4", "-f", "mp4"])
    with pytest.raises(NoAudioStreamError, match="no sound track"):
        decode_bytes(silent)
    tone = ["-f", "lavfi", "-i", "sine=d=1"]
    sounding = run_ffmpeg([*video, *tone, "-c:v", "mpeg4", "-c:a", "aac", "-f", "mp4"])
    assert decode_bytes(sounding).waveform.duration_s == pytest.approx(1.0, abs=0.1)


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequestError, match=r"gone\.wav cannot be read"):
        decode_path(tmp_path / "gone.wav")


def test_odd_names_are_inert(tmp_path: Path) -> None:
    for name in ("-i", "concat:a|b.wav", "a\nb.wav", "x" * 251 + ".wav"):
        path = tmp_path / name
        path.write_bytes(wav(voice(0.6)))
        assert decode_path(path).waveform.duration_s == pytest.approx(0.6)


def test_no_ffmpeg_is_one_sentence() -> None:
    with pytest.raises(DecoderMissingError, match="Install ffmpeg"):
        decode_bytes(wav(voice(1.0)), DecodeOptions(ffmpeg_path="/nowhere/ffmpeg"))


def test_bundled_ffmpeg_serves_where_the_system_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    bundled = find_ffmpeg()
    assert "imageio" in bundled
    assert decode_bytes(encode(voice(1.0), "-c:a", "libopus", "-f", "webm")).container.name == "WebM"


def test_neither_ffmpeg_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setenv("IMAGEIO_FFMPEG_EXE", "")
    monkeypatch.setattr("imageio_ffmpeg.get_ffmpeg_exe", _raise_runtime_error)
    with pytest.raises(DecoderMissingError):
        find_ffmpeg()


def _raise_runtime_error() -> str:
    raise RuntimeError("No ffmpeg exe could be found.")


def test_a_starved_decode_is_killed_blames_no_file_and_leaves_nothing(scratch: Path) -> None:
    before = children()
    with pytest.raises(DecoderFailedError, match="Try again"):
        decode_bytes(wav(voice(2.0)), DecodeOptions(timeout_s=0.001))
    assert children() == before
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("seed", range(12))
def test_mutated_files_give_an_answer_or_one_of_our_errors(seed: int, scratch: Path) -> None:
    rng = np.random.default_rng(seed)
    name = sorted(ENCODINGS)[seed % len(ENCODINGS)]
    data = bytearray(encode(voice(0.8), *ENCODINGS[name]))
    for position in rng.integers(4, len(data), 40):
        data[position] = rng.integers(256)
    before = children()
    try:
        decoded = decode_bytes(bytes(data))
        assert np.isfinite(decoded.waveform.samples).all()
    except EmotionError as error:
        assert 400 <= error.status < 500
        assert "/" not in error.message.replace("WAV/MP4", "").replace("MP4/M4A", "")
    assert children() == before
    assert not list(scratch.iterdir())
