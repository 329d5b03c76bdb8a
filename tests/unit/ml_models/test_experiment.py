from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner

from emotion_clf.bundles import reference_of
from emotion_clf.settings import Settings
from emotion_clf.speech.manifest import Manifest
from emotion_clf.speech.model import SpeechModel
from emotion_clf.speech.voice import Voice
from ml_models import experiment
from ml_models.commands.evaluate import evaluate
from ml_models.commands.publish import publish
from ml_models.commands.reference import reference
from ml_models.commands.train import train
from ml_models.data.corpora import LABEL_SETS, SIX_EMOTIONS
from ml_models.data.folds import FOLDS
from ml_models.data.sounds import decode_sounds
from ml_models.errors import TrainingDataError
from ml_models.evaluation.predictions import read_answers
from ml_models.evaluation.robustness import CONDITIONS
from ml_models.experiment import Questions, RunPlace, run_experiment
from ml_models.fitting import fitted_to
from ml_models.learners.make import RANDOM_WEIGHTS, learner_of
from ml_models.networks.stand_in import make_hubert_stand_in
from ml_models.recipe import load_recipe
from tests.support.sound import heard_path
from tests.unit.ml_models.conftest import SPEAKERS
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, STYLES, speak
from tests.unit.ml_models.whisper.conftest import tiny_variables, written

if TYPE_CHECKING:
    from ml_models.data.corpora import Clip

ENCODER = """
name: tiny
version: 0.0.1
title: Tiny
description: A model of tones.
licence: MIT
corpora: [ravdess, emodb]
label_sets: [six, eight]
learner:
  kind: encoder
  members: 2
  channels: [4, 8]
  embedding_dim: 16
  epochs: 12
  clips_per_epoch: {ravdess: 16, emodb: 16}
  batch_size: 8
  crop_frames: 32
  augmented_copies: 1
head: {adapted: true}
"""
FROZEN = """
name: tiny_hubert
version: 0.0.1
title: Tiny HuBERT
description: A frozen encoder.
licence: MIT
corpora: [ravdess]
label_sets: [eight]
learner: {kind: frozen}
head: {kind: svm, pca: 20}
search:
  space: {learner.layer: [0, 2], learner.pooling: [mean, mean_std]}
  inner_folds: 3
"""
WHISPER = """
name: tiny_whisper
version: 0.0.1
title: Tiny Whisper
description: A frozen encoder.
licence: MIT
corpora: [ravdess, emodb]
tested_only: [natural_test]
label_sets: [six, eight]
learner: {kind: whisper, layers: [1, 2], dim: 24, augmented_copies: 1}
head: {kind: logistic, pca: 24, evenness: 0.5, adapted: true}
"""
NETWORK = """
name: tiny_network
version: 0.0.1
title: Tiny network
description: A network of coefficients.
licence: MIT
corpora: [ravdess]
label_sets: [eight]
learner: {kind: network, architecture: cnn, seconds: 1.0, epochs: 3, augmented_copies: 0}
"""


def run(folder: Path, recipe: str, *words: object) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "recipe.yaml").write_text(recipe)
    arguments = [folder / "recipe.yaml", "--run", folder / "run", "--work", folder / "work", "--workers", 1, *words]
    result = CliRunner().invoke(train, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture(scope="module")
def encoded(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoded")
    run(folder, ENCODER, "--data", data)
    return folder


@pytest.fixture(scope="module")
def metrics(encoded: Path) -> dict:
    return json.loads((encoded / "run" / "metrics.json").read_text())


def test_the_bundle_hears_the_emotions_it_was_trained_on(encoded: Path, clips: tuple[Clip, ...]) -> None:
    model = SpeechModel(encoded / "run" / "bundles" / "tiny", Settings())
    six = [clip for clip in clips if clip.emotion != "surprised"]
    answers = [model.predict(heard_path(clip.path)) for clip in six]
    right = sum(
        answer.label == SIX_EMOTIONS.from_emotion[clip.emotion] for answer, clip in zip(answers, six, strict=True)
    )
    assert right / len(six) > 0.8


def test_a_second_bundle_answers_with_eight_emotions_and_the_same_graph(encoded: Path) -> None:
    six, eight = (encoded / "run" / "bundles" / name for name in ("tiny", "tiny-eight"))
    assert SpeechModel(eight, Settings()).manifest.labels == LABEL_SETS["eight"].labels
    assert (six / "embedder.onnx").read_bytes() == (eight / "embedder.onnx").read_bytes()


def test_a_bundle_brings_a_reference_and_the_command_makes_the_same(encoded: Path, data: Path, tmp_path: Path) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(encoded / "run" / "bundles" / "tiny", bundle)
    made = reference_of(bundle, Manifest.read(bundle))
    assert made is not None
    assert len(made.components) <= 16
    answers = [answer for answer in read_answers(encoded / "run") if answer.label_set == "six"]
    assert sum(made.labels.values()) == sum(made.confidence.counts) == len(answers)
    places = ["--held-out", str(encoded / "run"), "--embeddings", str(tmp_path / "some" / "e.npz"), "--workers", "1"]
    done = CliRunner().invoke(reference, [str(bundle), "--data", str(data), *places], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    again = reference_of(bundle, Manifest.read(bundle))
    assert again is not None
    assert (again.labels, again.components_from) == (made.labels, made.components_from)
    assert np.allclose(again.confidence.edges, made.confidence.edges, atol=1e-5)
    for one, other in zip(made.components, again.components, strict=True):
        assert sum(one.counts) == sum(other.counts)
        assert np.allclose(one.edges, other.edges, atol=0.1)
    (data / "nobody.csv").write_text("filepath,emotion,speaker_id\n", encoding="utf-8")
    refused = CliRunner().invoke(reference, [str(bundle), "--data", str(data / "nobody.csv"), *places])
    (data / "nobody.csv").unlink()
    assert refused.exit_code == 1
    assert CliRunner().invoke(reference, [str(tmp_path), "--data", str(data), *places]).exit_code == 1


def test_the_bundle_can_be_adapted_to_a_voice(encoded: Path, clips: tuple[Clip, ...]) -> None:
    model = SpeechModel(encoded / "run" / "bundles" / "tiny", Settings())
    mine = [heard_path(clip.path) for clip in clips if clip.speaker == clips[0].speaker]
    voice = Voice.of(np.stack([model.embed(waveform) for waveform in mine[1:]]))
    cold, adapted = model.predict(mine[0]), model.predict(mine[0], voice)
    assert (cold.adapted_to_clips, adapted.adapted_to_clips) == (0, len(mine) - 1)
    assert cold.probabilities != adapted.probabilities


def test_report_manifest_and_card_carry_the_same_scores(encoded: Path, metrics: dict) -> None:
    for name, bundle in (("six", "tiny"), ("eight", "tiny-eight")):
        folder = encoded / "run" / "bundles" / bundle
        manifest = json.loads((folder / "manifest.json").read_text())
        card = (folder / "model_card.md").read_text()
        for corpus, scores in manifest["scores"][name].items():
            measured = metrics["label_sets"][name]["corpora"][corpus]
            assert scores["ua"] == pytest.approx(measured["ua"], abs=1e-4)
            assert measured["speakers"] == 5
            assert measured["clips"] == sum(map(sum, measured["confusion"]))
            assert measured["ua_interval"][0] <= measured["ua"] <= measured["ua_interval"][1]
            assert f"{measured['ua_mean_of_folds']:.3f}" in card
        assert "not for hiring" in card
        assert "{" not in card
        assert all((folder / figure["file"]).read_text().startswith("<?xml") for figure in manifest["figures"])
        assert len(manifest["training_speakers"]) == 10


def test_everything_that_is_asked_of_a_run_is_measured(metrics: dict) -> None:
    for scores in metrics["label_sets"].values():
        assert set(scores["robustness"]["conditions"]) == set(CONDITIONS)
        assert set(scores["windows_3_s"]) == {"corpus", "whole_clip", "one_window", "mean_of_windows"}
        assert {"cold", "1_earlier", "all_clips"} <= set(scores["adapted_to_speaker"]["ravdess"])
        assert set(scores["leaks"]["random_split"]) == {"ravdess", "emodb"}
    assert metrics["cost"]["parity"] < 1e-3
    assert metrics["cost"]["size_bytes"] > 1000


def test_nobody_is_answered_by_a_fold_that_knew_them(encoded: Path, clips: tuple[Clip, ...]) -> None:
    answers = read_answers(encoded / "run")
    for name in ("six", "eight"):
        folds = {}
        for answer in (answer for answer in answers if answer.label_set == name):
            folds.setdefault(answer.speaker, set()).add(answer.fold)
        assert set(folds) == {clip.speaker for clip in clips}
        assert all(len(found) == 1 for found in folds.values())


def test_a_second_run_trains_nothing_again_and_scores_the_same(encoded: Path, data: Path, metrics: dict) -> None:
    encoders = sorted((encoded / "work" / "encoders").iterdir())
    assert len(encoders) == 2 * (FOLDS + 4)  # two members for every split, a random one, two corpora, and everybody
    before = [path.stat().st_mtime_ns for path in encoders]
    run(encoded, ENCODER, "--data", data, "--run", encoded / "again")
    assert [path.stat().st_mtime_ns for path in sorted((encoded / "work" / "encoders").iterdir())] == before
    again = json.loads((encoded / "again" / "metrics.json").read_text())
    assert again["label_sets"] == metrics["label_sets"]


def test_served_and_trained_embeddings_are_the_same(encoded: Path, clips: tuple[Clip, ...]) -> None:
    recipe = load_recipe(encoded / "recipe.yaml")
    sounds = decode_sounds(clips, encoded / "work" / "features", seed=recipe.seed)
    fitted = learner_of(recipe, clips, sounds, encoded / "work").fit(range(len(clips)), SIX_EMOTIONS, title="again")
    model = SpeechModel(encoded / "run" / "bundles" / "tiny", Settings())
    served = model.embed(heard_path(clips[7].path))
    # Features are kept as half-precision numbers while training.
    assert np.corrcoef(served, fitted.embed_clips([7])[0])[0, 1] > 0.9999


def test_publishing_brings_models_and_scores_to_their_places(encoded: Path, tmp_path: Path) -> None:
    arguments = [encoded / "run", "--models", tmp_path / "models", "--reports", tmp_path / "reports"]
    result = CliRunner().invoke(publish, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    assert {path.name for path in (tmp_path / "models").iterdir()} == {"tiny", "tiny-eight"}
    SpeechModel(tmp_path / "models" / "tiny", Settings())
    assert (tmp_path / "reports" / "tiny" / "metrics.json").is_file()
    assert not list((tmp_path / "reports" / "tiny").glob("*.png"))


def test_an_unfinished_run_is_not_published(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    result = CliRunner().invoke(publish, [str(tmp_path / "run"), "--models", str(tmp_path / "models")])
    assert result.exit_code == 1
    assert "holds no finished run" in result.output


def test_a_finished_model_is_scored_on_speakers_it_does_not_know(encoded: Path, data: Path, tmp_path: Path) -> None:
    bundle = encoded / "run" / "bundles" / "tiny"
    known = CliRunner().invoke(evaluate, [str(bundle), "--data", str(data)])
    assert known.exit_code == 1
    assert "No clip is left to score" in known.output
    heard = CliRunner().invoke(evaluate, [str(bundle), "--data", str(data), "--heard-too"], catch_exceptions=False)
    assert "no test of unknown voices" in heard.output
    with (data / "manifest.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["speaker"] = f"new {row['speaker']}"
        row["path"] = str(data / row["path"])
    with (tmp_path / "metadata.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    options = ["--data", str(tmp_path), "--report", str(tmp_path / "report")]
    unknown = CliRunner().invoke(evaluate, [str(bundle), *options], catch_exceptions=False)
    assert unknown.exit_code == 0, unknown.output
    scores = json.loads((tmp_path / "report" / "metrics.json").read_text())["label_sets"]["six"]["corpora"]
    assert scores["ravdess"]["ua"] > 0.8


def test_a_frozen_hubert_is_searched_inside_each_split_and_served(data: Path, tmp_path: Path) -> None:
    make_hubert_stand_in(tmp_path / "hubert")
    words = ("--source", tmp_path / "hubert", "--corpus", "ravdess", "--random-parts", 2)
    run(tmp_path, FROZEN, "--data", data, *words)
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert RANDOM_WEIGHTS in found["notes"]
    assert set(found["search"]["eight"]) == {"1", "2", "4", "5", "everybody"}  # nobody of the third fold is here
    assert all(record["trials"] == 4 for record in found["search"]["eight"].values())
    model = SpeechModel(tmp_path / "run" / "bundles" / "tiny-hubert", Settings())
    assert model.manifest.embedder.layer == found["search"]["eight"]["everybody"]["settings"]["learner.layer"]
    assert "RAVDESS (speech): CC BY-NC-SA 4.0" in model.manifest.licence
    refused = CliRunner().invoke(publish, [str(tmp_path / "run"), "--models", str(tmp_path / "models")])
    assert refused.exit_code == 1
    assert "stand in for pre-trained" in refused.output
    scores = ["--scores-only", "--reports", str(tmp_path / "reports")]
    allowed = CliRunner().invoke(publish, [str(tmp_path / "run"), *scores], catch_exceptions=False)
    assert allowed.exit_code == 0


@pytest.fixture(scope="module")
def heard_by_whisper(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whispered")
    (folder / "whisper").mkdir()
    (folder / "whisper" / "model.bin").write_bytes(written(tiny_variables()))
    (folder / "calm").mkdir()
    with (folder / "calm" / "manifest.csv").open("w", newline="") as stream:
        rows = csv.writer(stream)
        rows.writerow(("path", "corpus", "speaker", "language", "emotion", "sentence"))
        for take in range(3):
            soundfile.write(folder / "calm" / f"{take}.wav", speak("neutral", 260 + take, 50 + take), SAMPLE_RATE_HZ)
            rows.writerow((f"{take}.wav", "natural_test", f"calm-{take}", "fr", "neutral", "prompts"))
    run(folder, WHISPER, "--data", data, "--data", folder / "calm", "--source", folder / "whisper")
    return folder


def test_a_frozen_whisper_serves_both_label_sets_with_one_graph(heard_by_whisper: Path, data: Path) -> None:
    bundles = heard_by_whisper / "run" / "bundles"
    assert not (bundles / "tiny-whisper-eight" / "embedder.onnx").exists()
    six, eight = (SpeechModel(bundles / name, Settings()) for name in ("tiny-whisper", "tiny-whisper-eight"))
    assert eight.manifest.embedder.bundle == "tiny-whisper"
    assert not any(speaker.startswith("natural_test") for speaker in six.manifest.training_speakers)
    waveform = heard_path(next(data.glob("*angry.wav")))
    assert np.array_equal(six.embed(waveform), eight.embed(waveform))


def test_what_lies_beyond_the_corpora_is_measured_and_told(heard_by_whisper: Path) -> None:
    metrics = json.loads((heard_by_whisper / "run" / "metrics.json").read_text())
    card = (heard_by_whisper / "run" / "bundles" / "tiny-whisper" / "model_card.md").read_text()
    scores = metrics["label_sets"]["six"]
    unheard = scores["leave_one_corpus_out"]
    assert set(unheard["corpora"]) == {"ravdess", "emodb"}
    assert unheard["mean"]["ua"] == pytest.approx(np.mean([row["ua"] for row in unheard["corpora"].values()]), abs=1e-5)
    assert all(row["certain_and_wrong"] <= row["certain"] for row in unheard["corpora"].values())
    assert set(scores["natural_speech"]) == {"prompts, fr", "all"}
    assert scores["natural_speech"]["all"]["clips"] == 3
    assert 0 <= scores["strangeness"]["false_alarms"]["ravdess"] <= 0.1
    assert "natural_test" not in scores["corpora"]
    for text in ("Corpora that were not learnt from", "Natural speech", "Unfamiliar sounds"):
        assert text in card


def test_trained_and_served_embeddings_of_whisper_agree(
    heard_by_whisper: Path, data: Path, clips: tuple[Clip, ...]
) -> None:
    from dataclasses import replace

    recipe = load_recipe(heard_by_whisper / "recipe.yaml").with_source(str(heard_by_whisper / "whisper"))
    sounds = decode_sounds(clips, heard_by_whisper / "apart", seed=recipe.seed)
    learner = learner_of(replace(recipe, tested_only=()), clips, sounds, heard_by_whisper / "apart")
    fitted = learner.fit(range(len(clips)), SIX_EMOTIONS, title="again")
    model = SpeechModel(heard_by_whisper / "run" / "bundles" / "tiny-whisper", Settings())
    served = model.embed(heard_path(clips[7].path))
    assert np.corrcoef(served, fitted.embed_clips([7])[0])[0, 1] > 0.99
    assert np.allclose(fitted.embed([sounds[7]]), fitted.embed_clips([7]), atol=0.05)


@pytest.mark.filterwarnings("ignore:The ``noload``")  # MLflow asks SQLAlchemy in a way of yesterday
def test_a_network_is_cut_short_noted_and_served(data: Path, tmp_path: Path) -> None:
    run(tmp_path, NETWORK, "--data", data, "--epochs", 2, "--doubled", "--no-checks", "--tracking", "mlflow")
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert found["notes"] == ["2 of the recipe's 3 passes"]
    assert set(found["label_sets"]["eight"]["leaks"]) == {"random_split", "doubled_files"}
    assert len(found["curves"]["eight"]["1"]) == 2
    assert (tmp_path / "mlflow.db").is_file()
    model = SpeechModel(tmp_path / "run" / "bundles" / "tiny-network", Settings())
    with (data / "manifest.csv").open() as stream:
        first = next(csv.DictReader(stream))
    answer = model.predict(heard_path(data / first["path"]))
    assert sum(answer.probabilities.values()) == pytest.approx(1.0)


BAD_INPUT = {
    "missing folder": (lambda data, tmp: ["--data", tmp / "nowhere"], "There is no data folder"),
    "empty table": (lambda data, tmp: ["--data", _table(tmp, data, lambda row: False)], "no clips"),
    "one emotion": (
        lambda data, tmp: ["--data", _table(tmp, data, lambda row: row["emotion"] == "sad")],
        "at least two emotions",
    ),
    "one speaker": (
        lambda data, tmp: ["--data", _table(tmp, data, lambda row: row["speaker"] == "ravdess:Actor_01")],
        "at least two speakers",
    ),
    "an emotion is missing": (
        lambda data, tmp: ["--data", _table(tmp, data, lambda row: row["emotion"] != "disgust")],
        "No clips are disgust",
    ),
    "too few speakers": (
        lambda data, tmp: ["--data", _table(tmp, data, lambda row: row["speaker"][-1] in "12")],
        "needs at least 5",
    ),
    "a corpus is missing": (lambda data, tmp: ["--data", data, "--corpus", "savee"], "no clips of savee"),
}


def _table(folder: Path, data: Path, keep: object) -> Path:
    with (data / "manifest.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    folder.mkdir(exist_ok=True)
    with (folder / "metadata.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows({**row, "path": str(data / row["path"])} for row in rows if keep(row))
    return folder


@pytest.mark.parametrize("case", BAD_INPUT)
def test_data_that_cannot_be_learnt_from_is_answered_with_a_sentence(case: str, data: Path, tmp_path: Path) -> None:
    words, sentence = BAD_INPUT[case]
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(NETWORK.replace("[eight]", "[six]"))
    arguments = [recipe, *words(data, tmp_path / "data"), "--run", tmp_path / "run", "--work", tmp_path / "work"]
    result = CliRunner().invoke(train, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 1
    assert sentence in result.output
    assert not (tmp_path / "run" / "metrics.json").exists()


def test_a_clip_of_nan_is_named(data: Path, tmp_path: Path) -> None:
    import soundfile

    folder = _table(tmp_path / "data", data, lambda row: row["corpus"] == "ravdess")
    with (folder / "metadata.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    broken = tmp_path / "data" / "broken.wav"
    soundfile.write(broken, np.full(16_000, np.nan, dtype=np.float32), 16_000, subtype="FLOAT")
    rows[3]["path"] = str(broken)
    with (folder / "metadata.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    (tmp_path / "recipe.yaml").write_text(NETWORK)
    arguments = [tmp_path / "recipe.yaml", "--data", folder, "--run", tmp_path / "run", "--work", tmp_path / "work"]
    result = CliRunner().invoke(train, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 1
    assert "broken.wav" in result.output


def test_one_sound_under_two_names_is_refused(data: Path, tmp_path: Path) -> None:
    folder = _table(tmp_path / "data", data, lambda row: row["corpus"] == "ravdess")
    lines = (folder / "metadata.csv").read_text().splitlines()
    twin = lines[1].replace("ravdess:Actor_01", "ravdess:Actor_77")
    (folder / "metadata.csv").write_text("\n".join([*lines, twin]))
    (tmp_path / "recipe.yaml").write_text(NETWORK)
    arguments = [tmp_path / "recipe.yaml", "--data", folder, "--run", tmp_path / "run", "--work", tmp_path / "work"]
    result = CliRunner().invoke(train, [str(word) for word in arguments], catch_exceptions=False)
    assert result.exit_code == 1
    assert "are the same sound, by ravdess:Actor_01 and by ravdess:Actor_77" in result.output


def test_unknown_recipes_are_answered_with_those_there_are(tmp_path: Path) -> None:
    result = CliRunner().invoke(train, ["hubert", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "hubert_svm" in result.output


def test_a_missing_library_is_named_before_anything_is_trained(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml_models.commands.train.LIBRARIES", ("json", "no_such_library"))
    result = CliRunner().invoke(train, ["cnn", "--data", str(data), "--work", str(tmp_path)])
    assert result.exit_code == 1
    assert "Training needs no_such_library, which" in result.output
    assert not list(tmp_path.iterdir())


def test_one_seed_gives_one_result(data: Path, clips: tuple[Clip, ...], tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(NETWORK.replace("epochs: 3", "epochs: 1"))
    recipe = load_recipe(tmp_path / "recipe.yaml")
    found = []
    for name in ("one", "two"):
        place = RunPlace(tmp_path / name / "work", tmp_path / name / "run")
        found.append(run_experiment(clips, recipe, place, Questions(random_parts=0, checks=False))["label_sets"])
    assert found[0] == found[1]


def test_one_corpus_of_a_recipe_with_several_is_enough(data: Path, tmp_path: Path) -> None:
    told = run(tmp_path, ENCODER, "--data", data, "--corpus", "ravdess", "--epochs", 1, "--no-checks")
    assert "six emotions, ravdess: UA" in told
    assert "eight emotions, ravdess: UA" in told
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert found["recipe"]["learner"]["clips_per_epoch"] == {"ravdess": 16}
    assert [fact["clips"] for fact in found["data"]] == [len(STYLES) * SPEAKERS]


def test_a_recipe_is_fitted_to_a_corpus_it_says_nothing_of(clips: tuple[Clip, ...], tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(ENCODER)
    recipe = load_recipe(tmp_path / "recipe.yaml")
    mine = [replace(clip, corpus="mine") for clip in clips if clip.corpus == "ravdess" and clip.emotion != "surprised"]
    fitted, notes = fitted_to(replace(recipe, corpora=("mine",)), mine, ())
    assert fitted.learner.clips_per_epoch == {"mine": len(mine)}  # type: ignore[union-attr]
    assert fitted.label_sets == ("six",)
    assert notes == ["without eight emotions, of which these corpora lack some"]
    with pytest.raises(TrainingDataError, match="No clips are"):
        fitted_to(replace(recipe, corpora=("mine",)), [clip for clip in mine if clip.emotion != "sad"], ())


def test_training_that_was_stopped_does_no_split_twice(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[int] = []
    real = experiment.hold_out

    def counted(*args: Any, split: Any, **named: Any) -> Any:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append(split.number)
        return real(*args, split=split, **named)

    words = ("--data", data, "--no-checks", "--random-parts", 0)
    monkeypatch.setattr(experiment, "hold_out", counted)
    with pytest.raises(AssertionError):
        run(tmp_path, NETWORK, *words)
    stopped, done[:] = list(done), []
    monkeypatch.setattr(experiment, "hold_out", lambda *args, **named: done.append(0) or real(*args, **named))
    resumed = run(tmp_path, NETWORK, *words)
    assert len(stopped) == 3
    assert len(done) == len(json.loads((tmp_path / "run" / "metrics.json").read_text())["curves"]["eight"]) - 3
    assert scores_in(resumed)


def test_an_evaluation_that_is_killed_goes_on(encoded: Path, data: Path, tmp_path: Path) -> None:
    bundle, work = encoded / "run" / "bundles" / "tiny", tmp_path / "work"
    words = [str(bundle), "--data", str(data), "--heard-too"]
    command = [Path(sys.executable).with_name("emotion-clf"), "evaluate", *words, "--work", work]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 120
        while len(lines_of(work)) < 3:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.005)
    finally:
        process.kill()
        process.wait()
    before = lines_of(work)
    (ledger,) = (work / "answers").iterdir()
    with ledger.open("a", encoding="utf-8") as file:
        file.write('["half a li')  # as a machine that loses its power leaves it
    resumed = CliRunner().invoke(evaluate, [*words, "--work", str(work)], catch_exceptions=False)
    whole = CliRunner().invoke(evaluate, [*words, "--work", str(tmp_path / "other")], catch_exceptions=False)
    assert scores_in(resumed.output) == scores_in(whole.output) != []
    after = [line for line in lines_of(work) if line.endswith("]")]
    assert after[: len(before)] == before
    assert len(before) < len(after) == len(lines_of(tmp_path / "other"))


def scores_in(output: str) -> list[str]:
    """The lines of scores, without the progress that may stand before them."""
    return re.findall(r"[a-z0-9 ]+: (?:\d+ clips.*|UA .*)", output)


def lines_of(work: Path) -> list[str]:
    return [line for file in work.glob("answers/*.jsonl") for line in file.read_text().splitlines() if line]
