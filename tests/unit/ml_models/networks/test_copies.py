"""Copies sound different, are decided by the seed, and keep what they should keep."""

from __future__ import annotations

import numpy as np
import pytest

from ml_models.data.augment import change_gain, change_pitch, codec, stretch_time
from ml_models.networks.copies import STEPS, disturbed
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak


def tone(frequency_hz: float = 220.0, seconds: float = 1.5) -> np.ndarray:
    time_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    return (0.3 * np.sin(2 * np.pi * frequency_hz * time_s)).astype(np.float32)


def pitch_hz(samples: np.ndarray) -> float:
    middle = samples[len(samples) // 4 : -len(samples) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)), 16 * len(middle)))
    return float(spectrum.argmax() * SAMPLE_RATE_HZ / (16 * len(middle)))


@pytest.mark.parametrize("semitones", [-4.0, -1.0, 0.0, 2.5, 12.0])
def test_pitch_moves_by_the_semitones_asked_for_and_time_does_not(semitones: float) -> None:
    moved = change_pitch(tone(), semitones)
    assert len(moved) == len(tone())
    assert pitch_hz(moved) == pytest.approx(220.0 * 2 ** (semitones / 12), rel=0.01)


@pytest.mark.parametrize("factor", [0.7, 1.0, 1.6])
def test_stretching_changes_the_length_and_keeps_the_pitch(factor: float) -> None:
    stretched = stretch_time(tone(), factor)
    assert len(stretched) == round(len(tone()) * factor)
    assert pitch_hz(stretched) == pytest.approx(220.0, rel=0.01)


def test_a_stretch_by_one_changes_nothing() -> None:
    voice = speak("angry", 120, 1)
    np.testing.assert_allclose(stretch_time(voice, 1.0), voice, atol=1e-4)


@pytest.mark.parametrize("length", [1, 300, 5_000])
def test_very_short_sounds_have_a_pitch_too(length: int) -> None:
    assert change_pitch(tone()[:length], 2.0).shape == (length,)


def test_gain_is_in_decibels_and_stops_at_full_scale() -> None:
    np.testing.assert_allclose(change_gain(tone(), 6.0), tone() * 10 ** (6 / 20), rtol=1e-5)
    assert np.abs(change_gain(tone(), 40.0)).max() == 1.0


def test_a_codec_takes_the_highest_band() -> None:
    noise = np.random.default_rng(0).standard_normal(16_000).astype(np.float32)
    for seed in range(6):
        spectrum = np.abs(np.fft.rfft(codec(noise, np.random.default_rng(seed))))
        assert spectrum[7_800:].mean() < 0.3 * spectrum[1_000:3_000].mean()


@pytest.mark.parametrize("name", STEPS)
def test_every_disturbance_disturbs(name) -> None:
    voice, others = speak("happy", 150, 1), [speak("sad", 150, 2)]
    copies = [disturbed(voice, others, (name,), np.random.default_rng(seed)) for seed in range(8)]
    changed = [copy.shape != voice.shape or not np.array_equal(copy, voice) for copy in copies]
    assert any(changed)
    assert not all(changed)
    assert all(copy.dtype == np.float32 and np.isfinite(copy).all() for copy in copies)


def test_nothing_is_disturbed_that_is_not_named() -> None:
    voice = speak("happy", 150, 1)
    assert disturbed(voice, [], (), np.random.default_rng(0)) is voice


def test_one_generator_gives_one_copy() -> None:
    voice, others = speak("happy", 150, 1), [speak("sad", 150, 2)]
    first, again = (disturbed(voice, others, tuple(STEPS), np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
