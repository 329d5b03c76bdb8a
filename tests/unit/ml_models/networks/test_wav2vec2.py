"""The two parts of a wav2vec 2.0 compute what the whole computes, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import Wav2Vec2FeatureExtractor

from ml_models.errors import TrainingDataError
from ml_models.networks.stand_in import make_hubert_stand_in, make_stand_in
from ml_models.networks.wav2vec2 import Checkpoint, FrameClassifier, WaveformFrames


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wav2vec2")
    make_stand_in(folder)
    return folder


def test_the_parts_compute_what_the_whole_computes(source: Path) -> None:
    model = Checkpoint(str(source)).load(8).eval()
    front_end = WaveformFrames(model.wav2vec2.feature_extractor, normalise=True, seconds=3.0)
    samples = (0.01 * np.random.default_rng(0).standard_normal(48_000)).astype(np.float32)
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(source)
    values = extractor(samples, sampling_rate=16_000, return_tensors="pt").input_values
    with torch.inference_mode():
        parts = FrameClassifier(model)(front_end(torch.from_numpy(samples)[None]))
        torch.testing.assert_close(parts, model(values).logits, atol=1e-5, rtol=1e-3)


@pytest.mark.parametrize("seconds", [0.25, 3.0, 7.0])
def test_every_length_becomes_three_seconds_of_frames(source: Path, seconds: float) -> None:
    convolutions = Checkpoint(str(source)).load(8).wav2vec2.feature_extractor
    front_end = WaveformFrames(convolutions, normalise=False, seconds=3.0)
    assert front_end(torch.randn(2, int(16_000 * seconds))).shape == (2, 32, 149)


def test_the_convolutions_are_frozen_and_the_rest_learns(source: Path) -> None:
    model = Checkpoint(str(source)).load(8)
    front_end = WaveformFrames(model.wav2vec2.feature_extractor, normalise=True, seconds=3.0)
    assert not any(weights.requires_grad for weights in front_end.parameters())
    assert all(weights.requires_grad for weights in FrameClassifier(model).parameters())


def test_digital_silence_stays_a_number(source: Path) -> None:
    convolutions = Checkpoint(str(source)).load(8).wav2vec2.feature_extractor
    front_end = WaveformFrames(convolutions, normalise=True, seconds=3.0)
    assert torch.isfinite(front_end(torch.zeros(1, 8_000))).all()


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    make_hubert_stand_in(tmp_path)
    with pytest.raises(TrainingDataError, match="not a wav2vec"):
        Checkpoint(str(tmp_path)).load(8)


def test_missing_weights_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="--source"):
        Checkpoint(str(tmp_path)).load(8)


def test_broken_weights_are_told(tmp_path: Path) -> None:
    make_stand_in(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"no weights")
    with pytest.raises(TrainingDataError, match="cannot be had or read"):
        Checkpoint(str(tmp_path)).load(8)


def test_incomplete_weights_are_refused(tmp_path: Path) -> None:
    make_stand_in(tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    weights.pop("wav2vec2.feature_projection.projection.weight")
    save_file(weights, tmp_path / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(TrainingDataError, match="complete"):
        Checkpoint(str(tmp_path)).load(8)
