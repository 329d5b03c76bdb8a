from __future__ import annotations

from functools import partial

import numpy as np
import pytest

from ml_models.data import augment
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak


@pytest.fixture
def voice() -> np.ndarray:
    return speak("neutral", 120.0, 0)


def power_above(samples: np.ndarray, edge_hz: float) -> float:
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    return float(spectrum[np.fft.rfftfreq(len(samples), 1 / SAMPLE_RATE_HZ) > edge_hz].sum() / spectrum.sum())


@pytest.mark.parametrize("factor", [0.86, 1.0, 1.16])
def test_speed_changes_length_and_pitch_together(voice: np.ndarray, factor: float) -> None:
    faster = augment.change_speed(voice, factor)
    assert len(faster) == pytest.approx(len(voice) / factor, rel=0.01)
    strongest = [np.fft.rfftfreq(len(x), 1 / SAMPLE_RATE_HZ)[np.abs(np.fft.rfft(x)).argmax()] for x in (voice, faster)]
    assert strongest[1] == pytest.approx(strongest[0] * factor, rel=0.03)


def test_noise_is_added_at_the_wanted_ratio(voice: np.ndarray) -> None:
    noise = np.random.default_rng(0).standard_normal(len(voice))
    added = augment.mix_at(voice, noise, snr_db=10.0) - voice
    assert 10 * np.log10(np.mean(voice**2) / np.mean(added**2)) == pytest.approx(10.0, abs=0.01)


@pytest.mark.parametrize("seed", range(4))
def test_lines_and_codecs_take_the_highest_band_away(seed: int) -> None:
    hiss = np.random.default_rng(seed).standard_normal(SAMPLE_RATE_HZ).astype(np.float32)
    assert power_above(augment.low_pass(hiss, np.random.default_rng(seed)), 7_700.0) < 0.002
    assert power_above(augment.telephone(hiss, np.random.default_rng(seed)), 4_500.0) < 0.05


def test_a_room_keeps_the_direct_sound_and_adds_a_tail() -> None:
    click = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
    click[0] = 1.0
    echo = augment.room(click, np.random.default_rng(0))
    assert echo[0] == pytest.approx(1.0, abs=1e-4)
    assert 0 < np.sum(echo[1:] ** 2) < 1


@pytest.mark.parametrize("seed", range(12))
def test_the_chain_gives_finite_samples_and_depends_on_its_seed_only(voice: np.ndarray, seed: int) -> None:
    chain = partial(augment.random_chain, voice, [voice[::-1], voice], speed=1.1)
    first = chain(rng=np.random.default_rng(seed))
    assert first.dtype == np.float32
    assert np.isfinite(first).all()
    assert np.array_equal(first, chain(rng=np.random.default_rng(seed)))
