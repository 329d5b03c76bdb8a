"""A network that is fitted: it learns, repeats itself, answers any length and can be published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch

from ml_models.data.corpora import EIGHT_EMOTIONS, SIX_EMOTIONS
from ml_models.errors import TrainingDataError
from ml_models.learners.learner import Embedding
from ml_models.learners.network import FittedNetwork, NetworkLearner
from ml_models.recipe import NetworkRecipe, load_recipe
from tests.unit.ml_models.networks.speakers import cast
from tests.unit.ml_models.voices import speak

CLIPS, SOUNDS = cast()
TRAIN = [index for index, clip in enumerate(CLIPS) if clip.speaker != "ravdess:3"]
TEST = [index for index in range(len(CLIPS)) if index not in TRAIN]
ARCHITECTURES = ["cnn", "transformer", "cnn_lstm", "ravdess_cnn"]
RECIPES = Path(__file__).parents[4] / "ml_models" / "recipes"


def recipe(architecture, epochs: int = 1, **settings) -> NetworkRecipe:
    return NetworkRecipe(
        architecture=architecture, mfcc=13, seconds=1.0, epochs=epochs, batch_size=16, augmented_copies=1, **settings
    )


def fit(chosen: NetworkRecipe, seed: int = 0, sounds=SOUNDS, label_set=EIGHT_EMOTIONS) -> FittedNetwork:
    return NetworkLearner(CLIPS, sounds, chosen, seed=seed).fit(TRAIN, label_set, title="test")


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_one_seed_gives_one_result(architecture) -> None:
    asked = [SOUNDS[index] for index in TEST]
    learner = NetworkLearner(CLIPS, SOUNDS, recipe(architecture), seed=3)
    first = learner.fit(TRAIN, EIGHT_EMOTIONS).scores(asked)
    torch.rand(7)  # what else draws random numbers does not matter
    np.testing.assert_array_equal(first, learner.fit(TRAIN, EIGHT_EMOTIONS).scores(asked))
    np.testing.assert_array_equal(first, fit(recipe(architecture), seed=3).scores(asked))
    assert not np.array_equal(first, fit(recipe(architecture), seed=4).scores(asked))


def test_a_fit_leaves_the_random_numbers_of_others_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fit(recipe("cnn"))
    assert torch.equal(torch.rand(3), expected)


def test_styles_of_speaking_are_learnt_for_a_voice_that_was_never_heard() -> None:
    fitted = fit(recipe("cnn", epochs=30, patience=30))
    answers = fitted.scores([SOUNDS[index] for index in TEST]).argmax(axis=1)
    targets = np.array([EIGHT_EMOTIONS.index_of(CLIPS[index].emotion) for index in TEST])
    assert (answers == targets).mean() > 3 / 8


def test_curves_number_the_passes_and_training_stops_early() -> None:
    fitted = fit(recipe("cnn", epochs=60, patience=2, learning_rate=0.02))
    assert [record.epoch for record in fitted.curves] == list(range(1, len(fitted.curves) + 1))
    assert 2 < len(fitted.curves) < 60
    assert all(0.0 <= record.validation_ua <= 1.0 for record in fitted.curves)


def test_test_speakers_do_not_matter_to_what_is_learnt() -> None:
    # Other voices in the place of the test speaker's: nothing of them may reach the fit.
    values = np.array(SOUNDS.waveforms.values)
    values[SOUNDS.waveforms.offsets[TEST[0]] :] //= 3
    others = type(SOUNDS)(SOUNDS.folder, type(SOUNDS.waveforms)(values, SOUNDS.waveforms.offsets))
    chosen = recipe("cnn", augmentations=("noise", "babble", "gain"))
    asked = [SOUNDS[0], SOUNDS[9]]
    np.testing.assert_array_equal(fit(chosen).scores(asked), fit(chosen, sounds=others).scores(asked))


@pytest.mark.parametrize("fit_length", ["stretch", "cut"])
def test_any_length_from_a_quarter_of_a_second_is_scored(fit_length) -> None:
    fitted = fit(recipe("cnn", fit_length=fit_length), label_set=SIX_EMOTIONS)
    scores = fitted.scores([speak("sad", 140, 1, seconds) for seconds in (0.25, 0.8, 6.0)])
    assert scores.shape == (3, 6)
    assert np.isfinite(scores).all()


def test_scores_do_not_depend_on_the_company() -> None:
    fitted = fit(recipe("ravdess_cnn", fit_length="cut"))
    asked = [SOUNDS[index] for index in TEST[:5]]
    alone = np.concatenate([fitted.scores([samples]) for samples in asked])
    np.testing.assert_allclose(fitted.scores(asked), alone, atol=1e-4)


@pytest.mark.parametrize(
    ("architecture", "fit_length"),
    [("cnn", "stretch"), ("transformer", "stretch"), ("cnn_lstm", "stretch"), ("ravdess_cnn", "cut")],
)
def test_the_published_graph_gives_the_scores(architecture, fit_length, tmp_path: Path) -> None:
    fitted = fit(recipe(architecture, fit_length=fit_length))
    assert fitted.export(tmp_path / "graph.onnx") < 1e-3
    session = onnxruntime.InferenceSession(tmp_path / "graph.onnx", providers=["CPUExecutionProvider"])
    samples = SOUNDS[TEST[0]]
    (found,) = session.run(["embedding"], {"waveform": samples[None]})
    np.testing.assert_allclose(found, fitted.scores([samples]), atol=1e-3)
    assert str(Path.cwd()).encode() not in (tmp_path / "graph.onnx").read_bytes()


def test_a_network_has_no_embedding_to_adapt() -> None:
    assert not isinstance(fit(recipe("cnn")), Embedding)


def test_clips_of_one_emotion_are_refused() -> None:
    happy = [index for index in TRAIN if CLIPS[index].emotion == "happy"]
    with pytest.raises(TrainingDataError, match="two emotions"):
        NetworkLearner(CLIPS, SOUNDS, recipe("cnn"), seed=0).fit(happy, EIGHT_EMOTIONS)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_every_network_has_a_recipe(name: str) -> None:
    read = load_recipe(RECIPES / f"{name}.yaml")
    assert read.name == name
    assert isinstance(read.learner, NetworkRecipe)
    assert (read.learner.architecture, read.learner.seconds) == (name, 3.0)
