from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_models.errors import TrainingDataError
from ml_models.evaluation.codecs import transcode
from ml_models.evaluation.robustness import CONDITIONS, SAMPLE_RATE_HZ, disturb, speech_power, windows_3_s
from tests.unit.ml_models.voices import speak

SOUNDS = [
    speak("surprised", pitch_hz, take, seconds) for take, (pitch_hz, seconds) in enumerate(((110, 1.3), (210, 2)))
]
OTHERS = [speak(emotion, 90 + 30 * take, 50 + take) for take, emotion in enumerate(("happy", "sad", "angry", "calm"))]
NOISY = [(f"{kind}_{snr_db}db", snr_db) for kind in ("babble", "white") for snr_db in (20, 10, 0)]
CODECS = ("mu_law_8khz", "opus_16k")


def lag(clean: np.ndarray, disturbed: np.ndarray, reach: int = 200) -> int:
    """Where the cross-correlation peaks, in samples."""
    size = 2 * len(clean)
    correlation = np.fft.irfft(np.fft.rfft(disturbed, size) * np.conj(np.fft.rfft(clean, size)), size)
    return int(np.argmax(np.roll(correlation, reach)[: 2 * reach + 1])) - reach


def likeness(clean: np.ndarray, disturbed: np.ndarray) -> float:
    return float(np.corrcoef(clean, disturbed)[0, 1])


def band_power(samples: np.ndarray, from_hz: float, to_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequency_hz = np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ)
    return float(spectrum[(frequency_hz >= from_hz) & (frequency_hz < to_hz)].sum())


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_condition_keeps_length_and_time_and_repeats_itself(condition: str) -> None:
    disturbed = disturb(SOUNDS, condition, others=OTHERS, seed=3)
    again = disturb(SOUNDS, condition, others=OTHERS, seed=3)
    for clean, sound, same in zip(SOUNDS, disturbed, again, strict=True):
        assert sound.shape == clean.shape
        assert sound.dtype == np.float32
        assert np.isfinite(sound).all()
        assert np.array_equal(sound, same)
        assert not np.array_equal(sound, clean)
        assert lag(clean, sound) == 0


@pytest.mark.parametrize(("condition", "snr_db"), NOISY)
def test_noise_is_as_strong_as_its_name_says(condition: str, snr_db: float) -> None:
    # Silence before the speech must not make the noise weaker.
    sounds = [np.concatenate([np.zeros(16_000, dtype=np.float32), sound]) for sound in SOUNDS]
    for clean, sound in zip(sounds, disturb(sounds, condition, others=OTHERS, seed=0), strict=True):
        noise = sound.astype(np.float64) - clean
        assert 10 * np.log10(speech_power(clean) / np.mean(noise**2)) == pytest.approx(snr_db, abs=0.2)


@pytest.mark.parametrize("condition", ["babble_0db", "white_0db"])
def test_another_seed_and_another_clip_meet_other_noise(condition: str) -> None:
    alike = [SOUNDS[0], SOUNDS[0]]
    one, two = disturb(alike, condition, others=OTHERS, seed=0)
    assert not np.array_equal(one, two)
    assert not np.array_equal(one, disturb(alike, condition, others=OTHERS, seed=1)[0])


def test_silence_around_speech_does_not_lower_the_power_of_the_speech() -> None:
    padded = np.concatenate([np.zeros(16_000, dtype=np.float32), SOUNDS[0], np.zeros(16_000, dtype=np.float32)])
    assert speech_power(padded) == pytest.approx(speech_power(SOUNDS[0]), rel=0.05)
    assert np.mean(padded**2) < 0.5 * speech_power(padded)


def test_babble_is_made_of_the_other_voices_alone() -> None:
    time_s = np.arange(16_000, dtype=np.float32) / 16_000
    tones = [level * np.sin(2 * np.pi * hz * time_s) for hz, level in ((500, 0.9), (700, 0.1))]
    noise = disturb(SOUNDS, "babble_0db", others=tones, seed=0)[0] - SOUNDS[0]
    inside = band_power(noise, 450, 550) + band_power(noise, 650, 750)
    assert inside > 0.95 * band_power(noise, 0, 8_000)
    # Both speak, and as loud as each other, however near they were to their microphones.
    assert 0.5 < band_power(noise, 450, 550) / band_power(noise, 650, 750) < 2.0


def test_babble_without_other_voices_is_refused() -> None:
    with pytest.raises(TrainingDataError, match="other speakers"):
        disturb(SOUNDS, "babble_10db", others=[], seed=0)


def test_silence_stays_silent() -> None:
    silence = [np.zeros(8_000, dtype=np.float32)]
    for condition in ("white_0db", "babble_0db"):
        assert np.abs(disturb(silence, condition, others=OTHERS, seed=0)[0]).max() < 1e-6


def test_an_unknown_condition_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TrainingDataError, match="mu_law_8khz"):
        disturb(SOUNDS, "underwater", others=OTHERS, seed=0)


def test_gain_changes_the_level_and_clips_at_full_scale() -> None:
    loud = disturb([SOUNDS[0] / np.abs(SOUNDS[0]).max()], "gain_plus_12db", others=(), seed=0)[0]
    assert np.abs(loud).max() == 1.0
    assert np.mean(np.abs(loud) == 1.0) > 0.01
    quiet = disturb(SOUNDS, "gain_minus_12db", others=(), seed=0)[0]
    assert 20 * np.log10(np.abs(quiet).max() / np.abs(SOUNDS[0]).max()) == pytest.approx(-12.0, abs=0.01)


def test_the_telephone_carries_nothing_above_four_kilohertz() -> None:
    hiss = np.random.default_rng(0).standard_normal(16_000).astype(np.float32) * np.float32(0.1)
    through = disturb([hiss], "mu_law_8khz", others=(), seed=0)[0]
    assert band_power(through, 4_200, 8_000) < 0.01 * band_power(through, 0, 3_500)
    assert band_power(hiss, 4_200, 8_000) > 0.5 * band_power(hiss, 0, 3_500)


@pytest.mark.parametrize("condition", CODECS)
def test_a_codec_keeps_the_speech_but_not_its_samples(condition: str) -> None:
    for clean, sound in zip(SOUNDS, disturb(SOUNDS, condition, others=(), seed=0), strict=True):
        assert 0.8 < likeness(clean, sound) < 0.9999


@pytest.mark.parametrize("condition", CODECS)
def test_clips_of_one_encoding_are_not_heard_in_one_another(condition: str) -> None:
    silence = np.zeros(8_000, dtype=np.float32)
    loud = SOUNDS[0] / np.abs(SOUNDS[0]).max()
    between = disturb([loud, silence, loud], condition, others=(), seed=0)[1]
    assert np.sqrt(np.mean(between**2)) < 1e-3 * np.sqrt(np.mean(loud**2))


def test_clips_of_several_encodings_keep_their_order() -> None:
    # Together they are longer than one encoding takes.
    long = [speak("happy", 80 + 20 * take, take, seconds=25) for take in range(6)]
    through = disturb(long, "mu_law_8khz", others=(), seed=0)
    assert all(likeness(clean, sound) > 0.9 for clean, sound in zip(long, through, strict=True))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_nothing_disturbed_is_nothing(condition: str) -> None:
    assert disturb([], condition, others=OTHERS, seed=0) == []


def test_a_codec_that_ffmpeg_lacks_is_named() -> None:
    with pytest.raises(TrainingDataError, match="no_such_codec"):
        transcode(SOUNDS, ("-c:a", "no_such_codec", "-f", "wav"))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 200_000))
def test_windows_hear_every_sample_and_last_three_seconds_each(length: int) -> None:
    samples = np.arange(length, dtype=np.float32)
    windows = windows_3_s(samples)
    starts = [int(window[0]) for window in windows]
    if length < 48_000:
        assert len(windows) == 1
        assert np.array_equal(windows[0], samples)
    else:
        assert all(len(window) == 48_000 for window in windows)
        assert starts[0] == 0
        assert windows[-1][-1] == samples[-1]
        assert all(0 < later - earlier <= 24_000 for earlier, later in pairwise(starts))
