"""The front end computes librosa's MFCC."""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import soundfile
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_clf.settings import PROJECT_DIR
from ml_models.networks.mfcc import SAMPLE_RATE_HZ, Mfcc, frames_in

SAMPLES = sorted((PROJECT_DIR / "static" / "samples").glob("*.flac"))
LARGEST_DIFFERENCE = 0.01


def ours(samples: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        return Mfcc(40)(torch.from_numpy(samples)[None])[0].numpy()


def theirs(samples: np.ndarray) -> np.ndarray:
    return librosa.feature.mfcc(y=samples, sr=SAMPLE_RATE_HZ, n_mfcc=40)


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_real_speech_has_librosas_coefficients(path) -> None:
    recorded, rate_hz = soundfile.read(path, dtype="float32")
    samples = librosa.resample(recorded, orig_sr=rate_hz, target_sr=SAMPLE_RATE_HZ)
    assert np.abs(ours(samples) - theirs(samples)).max() < LARGEST_DIFFERENCE


def test_there_is_real_speech_to_compare() -> None:
    assert len(SAMPLES) >= 3


@settings(max_examples=20, deadline=None)
@given(length=st.integers(4_000, 20_000), level=st.floats(1e-4, 1.0))
def test_noise_of_any_length_and_level_has_librosas_coefficients(length: int, level: float) -> None:
    samples = (level * np.random.default_rng(length).standard_normal(length)).astype(np.float32)
    assert ours(samples).shape == (40, frames_in(length))
    np.testing.assert_allclose(ours(samples), theirs(samples), atol=LARGEST_DIFFERENCE)


def test_digital_silence_has_librosas_coefficients() -> None:
    silence = np.zeros(8_000, np.float32)
    np.testing.assert_allclose(ours(silence), theirs(silence), atol=LARGEST_DIFFERENCE)
