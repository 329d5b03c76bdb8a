"""A wav2vec 2.0 that is fine-tuned, on small random weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from ml_models.data.corpora import EIGHT_EMOTIONS, SIX_EMOTIONS
from ml_models.errors import TrainingDataError
from ml_models.learners.network import FittedNetwork
from ml_models.learners.wav2vec2 import Wav2Vec2Learner
from ml_models.networks.stand_in import make_stand_in
from ml_models.networks.wav2vec2 import Checkpoint, FrameClassifier
from ml_models.recipe import Wav2Vec2Recipe, load_recipe
from tests.unit.ml_models.networks.speakers import cast

CLIPS, SOUNDS = cast(speakers=3, seconds=0.5)
TRAIN = [index for index, clip in enumerate(CLIPS) if clip.speaker != "ravdess:2"]
TEST = [index for index in range(len(CLIPS)) if index not in TRAIN]
RECIPES = Path(__file__).parents[4] / "ml_models" / "recipes"


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wav2vec2")
    make_stand_in(folder, hidden=16, layers=1)
    return folder


def fit(source: Path, *, seed: int = 0, label_set=EIGHT_EMOTIONS, epochs: int = 2) -> FittedNetwork:
    recipe = Wav2Vec2Recipe(
        source=str(source), seconds=0.5, epochs=epochs, learning_rate=1e-3, augmentations=("gain", "speed")
    )
    return Wav2Vec2Learner(CLIPS, SOUNDS, recipe, seed=seed).fit(TRAIN, label_set, title="test")


def test_one_seed_gives_one_result(source: Path) -> None:
    asked = [SOUNDS[index] for index in TEST]
    first, again, other = (fit(source, seed=seed).scores(asked) for seed in (1, 1, 2))
    assert first.shape == (len(TEST), 8)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_fine_tuning_moves_the_transformer_and_leaves_the_convolutions(source: Path) -> None:
    fitted = fit(source)
    before = Checkpoint(str(source)).load(8)
    convolutions = before.wav2vec2.feature_extractor.state_dict()
    for name, weights in fitted.front_end.convolutions.state_dict().items():
        assert torch.equal(weights, convolutions[name])
    moved = [
        not torch.equal(mine, theirs)
        for mine, theirs in zip(fitted.network.encoder.parameters(), before.wav2vec2.encoder.parameters(), strict=True)
    ]
    assert any(moved)
    assert isinstance(fitted.network, FrameClassifier)


def test_every_pass_is_on_the_curves(source: Path) -> None:
    assert [record.epoch for record in fit(source, epochs=3).curves] == [1, 2, 3]


def test_the_published_graph_gives_the_scores(source: Path, tmp_path: Path) -> None:
    fitted = fit(source, label_set=SIX_EMOTIONS)
    assert fitted.export(tmp_path / "graph.onnx") < 1e-3
    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx", providers=["CPUExecutionProvider"])
    samples = SOUNDS[TEST[0]]
    (found,) = session.run(["embedding"], {"waveform": samples[None]})
    np.testing.assert_allclose(found, fitted.scores([samples]), atol=1e-4)


def test_weights_that_are_not_there_are_told(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="--source"):
        fit(tmp_path)


def test_it_has_a_recipe() -> None:
    read = load_recipe(RECIPES / "wav2vec2.yaml")
    assert isinstance(read.learner, Wav2Vec2Recipe)
    assert read.name == "wav2vec2"
