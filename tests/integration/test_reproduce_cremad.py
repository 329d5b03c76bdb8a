"""`make reproduce-cremad` from end to end: true file names over synthetic voices, the true class of HuBERT, tiny."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile
import yaml

from emotion_clf.settings import PROJECT_DIR
from ml_models.learners.make import RANDOM_WEIGHTS
from ml_models.networks.stand_in import make_hubert_stand_in
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak

EMOTIONS = {"ANG": "angry", "DIS": "disgust", "FEA": "fearful", "HAP": "happy", "NEU": "neutral", "SAD": "sad"}
ACTORS = range(1001, 1011)
SENTENCES = ("IEO", "TIE")
LAYERS = 24  # as many as the recipe's search expects


def write_cremad(folder: Path) -> None:
    (folder / "AudioWAV").mkdir(parents=True)
    for actor in ACTORS:
        for take, sentence in enumerate(SENTENCES):
            for code, emotion in EMOTIONS.items():
                level = "MD" if sentence == "IEO" and code != "NEU" else "XX"
                voice = speak(emotion, 80 + 15 * (actor - 1000), 7 * actor + take, 1.1 + 0.05 * take)
                soundfile.write(folder / "AudioWAV" / f"{actor}_{sentence}_{code}_{level}.wav", voice, SAMPLE_RATE_HZ)


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reproduce")
    write_cremad(folder / "CREMA-D")
    make_hubert_stand_in(folder / "hubert", hidden=8, layers=LAYERS)
    # The flagship's own recipe, with fewer values to choose between.
    recipe = yaml.safe_load((PROJECT_DIR / "ml_models" / "recipes" / "hubert_svm.yaml").read_text(encoding="utf-8"))
    assert max(recipe["search"]["space"]["learner.layer"]) <= LAYERS
    recipe["search"]["space"] = {"learner.layer": [-1, 12], "learner.pooling": ["mean_std"]}
    (folder / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    environment = os.environ | {
        "RECIPE": str(folder / "recipe.yaml"),
        "BIN": str(Path(sys.executable).parent),
        "CREMAD": str(folder / "CREMA-D"),
        "HUBERT": str(folder / "hubert"),
        "OUT": str(folder / "out"),
        "WORKERS": "1",
    }
    done = subprocess.run(
        ["sh", PROJECT_DIR / "scripts" / "reproduce_cremad.sh"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return folder / "out"


def test_both_cross_validations_and_the_standard_split_are_reported(reproduced: Path) -> None:
    folds = json.loads((reproduced / "folds" / "metrics.json").read_text())
    scores = folds["label_sets"]["six"]
    assert scores["corpora"]["cremad"]["clips"] == len(ACTORS) * len(SENTENCES) * len(EMOTIONS) - 1  # a known-bad one
    assert set(scores["corpora"]["cremad"]["ua_by_fold"]) == {"1", "2", "3", "4", "5"}
    assert set(scores["leaks"]["random_split"]) == {"cremad"}
    split = json.loads((reproduced / "standard_split" / "metrics.json").read_text())
    assert split["protocol"].startswith("CREMA-D's standard")
    # Ten actors part as 7, 1 and 2.
    assert split["label_sets"]["six"]["corpora"]["cremad"]["speakers"] == 2
    for metrics in (folds, split):
        assert RANDOM_WEIGHTS in metrics["notes"]
        assert metrics["search"]["six"]["everybody"]["trials"] == 2


def test_a_bundle_with_its_card_comes_of_it(reproduced: Path) -> None:
    bundle = reproduced / "folds" / "bundles" / "hubert-svm"
    manifest = json.loads((bundle / "manifest.json").read_text())
    assert manifest["embedder"]["kind"] == "hubert"
    assert manifest["labels"] == ["angry", "disgust", "fear", "happy", "neutral", "sad"]
    assert "CREMA-D" in (bundle / "model_card.md").read_text()
