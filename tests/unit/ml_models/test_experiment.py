from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from click.testing import CliRunner

from emotion_clf.audio import decode_path
from emotion_clf.settings import Settings
from emotion_clf.speech.model import SpeechModel
from ml_models.commands.train import train
from ml_models.data.corpora import SIX_EMOTIONS
from ml_models.data.folds import FOLDS, RandomSplit, speaker_folds
from ml_models.encoder.train import embed_all
from ml_models.errors import TrainingDataError
from ml_models.experiment import EVERYBODY, Workplace, train_embedded, train_encoders, training_splits
from ml_models.recipe import load_recipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip
    from ml_models.encoder.features import FeatureStore
    from ml_models.recipe import Recipe

MEMBERS = 2
RECIPE = """
name: tiny
version: 0.0.1
title: Tiny
description: A model of tones.
licence: MIT
encoder:
  members: 2
  channels: [4, 8]
  embedding_dim: 16
  epochs: 12
  clips_per_epoch: {ravdess: 16, emodb: 16}
  batch_size: 8
  crop_frames: 32
  augmented_copies: 1
"""


def splits_of(clips: Sequence[Clip]) -> dict[int, list[int]]:
    return training_splits(clips, (*speaker_folds(clips), RandomSplit()))


@pytest.fixture(scope="module")
def trained(data: Path, store: FeatureStore, work: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    assert store.features(0).size  # prepared once for all tests; the command goes on from there
    folder = tmp_path_factory.mktemp("run")
    (folder / "tiny.yaml").write_text(RECIPE)
    options = {
        "--data": data,
        "--recipe": folder / "tiny.yaml",
        "--work": work,
        "--report": folder / "report",
        "--bundle": folder / "tiny",
        "--workers": 1,
    }
    words = [str(word) for pair in options.items() for word in pair]
    result = CliRunner().invoke(train, ["embedded", "--leak", *words], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return folder


def test_the_published_bundle_hears_the_emotions_it_was_trained_on(trained: Path, clips: tuple[Clip, ...]) -> None:
    model = SpeechModel(trained / "tiny", Settings())
    six = [clip for clip in clips if clip.emotion != "surprised"]
    answers = [model.predict(decode_path(clip.path).waveform) for clip in six]
    right = sum(
        answer.label == SIX_EMOTIONS.from_emotion[clip.emotion] for answer, clip in zip(answers, six, strict=True)
    )
    assert right / len(six) > 0.8


def test_report_and_manifest_carry_the_same_scores(trained: Path) -> None:
    metrics = json.loads((trained / "report" / "metrics.json").read_text())
    manifest = json.loads((trained / "tiny" / "manifest.json").read_text())
    for name in ("six", "eight"):
        for corpus, scores in manifest["scores"][name].items():
            measured = metrics[name]["corpora"][corpus]
            assert scores["ua"] == pytest.approx(measured["ua"], abs=1e-4)
            assert measured["speakers"] == 5
            assert measured["clips"] == sum(map(sum, measured["confusion"]))
            assert measured["ua_interval"][0] <= measured["ua"] <= measured["ua_interval"][1]
    assert (trained / "report" / "confusion_ravdess_six.svg").read_text().count("</text>") > 9


def test_the_card_names_its_scores_and_its_limits(trained: Path) -> None:
    card = (trained / "tiny" / "model_card.md").read_text()
    metrics = json.loads((trained / "report" / "metrics.json").read_text())
    assert f"{metrics['six']['corpora']['ravdess']['ua_mean_of_folds']:.3f}" in card
    assert f"{metrics['eight']['leak_of_a_random_split']['ravdess']['ua']:.3f} for eight" in card
    assert "acted" in card
    assert "not for hiring" in card
    assert "{" not in card


def test_a_stopped_run_goes_on_without_training_again(
    trained: Path, clips: tuple[Clip, ...], store: FeatureStore, work: Path
) -> None:
    encoders = sorted((work / "encoders").iterdir())
    assert len(encoders) == MEMBERS * (FOLDS + 2)
    recipe = load_recipe(trained / "tiny.yaml")
    place = Workplace(work, trained / "report", trained / "tiny", workers=1)
    before = [path.stat().st_mtime_ns for path in encoders]
    ensembles = train_encoders(clips, store, splits_of(clips), recipe, place)
    assert [path.stat().st_mtime_ns for path in sorted((work / "encoders").iterdir())] == before
    assert ensembles.keys() == set(range(FOLDS + 2))


def test_served_and_trained_embeddings_are_the_same(
    trained: Path, clips: tuple[Clip, ...], store: FeatureStore, work: Path
) -> None:
    recipe = load_recipe(trained / "tiny.yaml")
    place = Workplace(work, trained / "report", trained / "tiny", workers=1)
    everybody = train_encoders(clips, store, splits_of(clips), recipe, place)[EVERYBODY]
    expected = embed_all(everybody, store, [7])[0]
    served = SpeechModel(trained / "tiny", Settings()).embed(decode_path(clips[7].path).waveform)
    # Features are kept as half-precision numbers while training.
    assert np.corrcoef(served, expected)[0, 1] > 0.9999


def test_emotions_without_clips_are_named(clips: tuple[Clip, ...], recipe: Recipe, tmp_path: Path) -> None:
    place = Workplace(tmp_path, tmp_path, tmp_path, workers=1)
    with pytest.raises(TrainingDataError, match="No clips are disgust"):
        train_embedded([clip for clip in clips if clip.emotion != "disgust"], recipe, place)


def test_a_missing_data_folder_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(train, ["embedded", "--data", str(tmp_path / "nowhere")])
    assert result.exit_code == 1
    assert "There is no data folder" in result.output
