from __future__ import annotations

import numpy as np
import pytest
import torch

from ml_models.encoder.network import (
    FEATURE_ROWS,
    HOP_SAMPLES,
    MEL_BANDS,
    PITCH_BANDS,
    PITCH_RANGE_HZ,
    WINDOW_SAMPLES,
    Encoder,
    Ensemble,
    FrontEnd,
    NetworkShape,
    mel_filters,
)
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak

TINY = NetworkShape(channels=(4, 8), embedding_dim=16)


@pytest.fixture(scope="module")
def front_end() -> FrontEnd:
    return FrontEnd()


def features_of(front_end: FrontEnd, samples: np.ndarray) -> np.ndarray:
    return front_end(torch.from_numpy(samples[None]))[0].numpy()


def test_one_column_for_each_hop(front_end: FrontEnd) -> None:
    samples = speak("neutral", 120.0, 0)
    frames = (len(samples) - WINDOW_SAMPLES) // HOP_SAMPLES + 1
    assert features_of(front_end, samples).shape == (FEATURE_ROWS, frames)


@pytest.mark.parametrize("gain", [0.02, 0.3, 4.0])
def test_level_does_not_matter(front_end: FrontEnd, gain: float) -> None:
    samples = speak("happy", 180.0, 1)
    quiet, loud = features_of(front_end, samples), features_of(front_end, np.float32(gain) * samples)
    assert np.abs(quiet - loud).max() < 0.02


def test_silence_around_the_words_changes_no_frame_of_them(front_end: FrontEnd) -> None:
    samples = speak("sad", 110.0, 2)
    silence = np.zeros(20 * HOP_SAMPLES, dtype=np.float32)
    padded = features_of(front_end, np.concatenate([silence, samples, silence]))
    alone = features_of(front_end, samples)
    assert np.abs(padded[:, 20 : 20 + alone.shape[1]] - alone).max() < 0.05


def test_silence_and_clicks_give_finite_features(front_end: FrontEnd) -> None:
    click = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
    assert np.isfinite(features_of(front_end, click)).all()
    click[100] = 1.0
    assert np.isfinite(features_of(front_end, click)).all()


@pytest.mark.parametrize("pitch_hz", [95.0, 150.0, 260.0])
def test_the_pitch_rows_peak_at_the_pitch(front_end: FrontEnd, pitch_hz: float) -> None:
    time_s = np.arange(SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    buzz = sum(np.sin(2 * np.pi * k * pitch_hz * time_s) / k for k in range(1, 15)).astype(np.float32)
    salience = features_of(front_end, buzz)[MEL_BANDS:].mean(axis=1)
    low, high = PITCH_RANGE_HZ
    found_hz = low * (high / low) ** (salience.argmax() / (PITCH_BANDS - 1))
    assert found_hz == pytest.approx(pitch_hz, rel=0.05)


def test_mel_filters_cover_the_band_and_sum_to_one() -> None:
    filters = mel_filters(MEL_BANDS)
    assert filters.shape == (513, MEL_BANDS)
    assert torch.allclose(filters.sum(0), torch.ones(MEL_BANDS))
    centres = filters.argmax(0)
    assert (centres.diff() > 0).all()


def test_an_embedding_does_not_depend_on_its_neighbours_in_the_batch() -> None:
    torch.manual_seed(0)
    encoder = Encoder(TINY).eval()
    batch = torch.randn(3, FEATURE_ROWS, 40)
    with torch.inference_mode():
        together, alone = encoder(batch), encoder(batch[1:2])
    assert torch.allclose(together[1:2], alone, atol=1e-5)


def test_an_ensemble_joins_its_members_embeddings() -> None:
    members = [Encoder(TINY).eval(), Encoder(TINY).eval()]
    features = torch.randn(2, FEATURE_ROWS, 30)
    with torch.inference_mode():
        joined = Ensemble(members).eval()(features)
        assert torch.equal(joined, torch.cat([member(features) for member in members], dim=1))
