"""Publish a run: its bundles become the product's, its scores the repository's."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.settings import Settings
from emotion_clf.speech.manifest import Manifest
from emotion_clf.speech.model import SpeechModel
from ml_models.errors import TrainingDataError
from ml_models.learners.make import RANDOM_WEIGHTS

if TYPE_CHECKING:
    from pathlib import Path

# Larger files go to Git LFS: a clone must stay quick for people who only want to run the product.
LARGEST_ORDINARY_FILE_BYTES = 30_000_000
LFS = "filter=lfs diff=lfs merge=lfs -text"
COMMITTED = ("metrics.json", "*.svg", "*.txt", "held_out.csv")


def publish_run(run: Path, models: Path, reports: Path) -> list[Path]:
    """Copy the bundles of a run into the models folder and its scores into the reports folder.

    Args:
        run: folder of a finished run.
        models: where the product looks for bundles.
        reports: where the leaderboard looks for scores.

    Returns:
        The folders that were written.

    Raises:
        TrainingDataError: the run is not finished, or its weights are not worth serving.
        ModelError: a bundle does not load.
    """
    metrics_path = run / "metrics.json"
    bundles = sorted(path.parent for path in run.glob("bundles/*/manifest.json"))
    if not metrics_path.is_file() or not bundles:
        raise TrainingDataError(f"{run} holds no finished run. Train one first: emotion-clf train RECIPE --run {run}")
    metrics = json.loads(metrics_path.read_text(encoding="utf-8"))
    if RANDOM_WEIGHTS in metrics["notes"]:
        raise TrainingDataError(
            "This run started from random weights that stand in for pre-trained ones; it is not served."
        )
    for bundle in bundles:
        require_answer(bundle)
    written = [_replace(bundle, models / bundle.name, "*") for bundle in bundles]
    for folder in written:
        _send_large_files_to_lfs(folder, models)
    return [*written, publish_scores(run, reports)]


def publish_scores(run: Path, reports: Path) -> Path:
    """Copy a run's scores and figures, without its bundles, to where the leaderboard looks for them."""
    name = json.loads((run / "metrics.json").read_text(encoding="utf-8"))["recipe"]["name"]
    return _replace(run, reports / name, *COMMITTED)


def require_answer(bundle: Path) -> None:
    """Load a bundle as the product does and let it answer once.

    Raises:
        ModelError: it cannot be used.
    """
    noise = np.random.default_rng(0).normal(0.0, 0.01, SAMPLE_RATE_HZ).astype(np.float32)
    SpeechModel(bundle, Settings()).predict(Waveform(noise))


def _replace(source: Path, target: Path, *patterns: str) -> Path:
    if target.is_dir():
        shutil.rmtree(target)
    target.mkdir(parents=True)
    for path in sorted(path for pattern in patterns for path in source.glob(pattern) if path.is_file()):
        shutil.copyfile(path, target / path.name)
    return target


def _send_large_files_to_lfs(folder: Path, models: Path) -> None:
    """Name files that are too large for git in the models folder's own .gitattributes."""
    name = Manifest.read(folder).name
    large = [path.name for path in folder.iterdir() if path.stat().st_size > LARGEST_ORDINARY_FILE_BYTES]
    attributes = models / ".gitattributes"
    known = attributes.read_text(encoding="utf-8").splitlines() if attributes.is_file() else []
    lines = [line for path in sorted(large) if (line := f"{name}/{path} {LFS}") not in known]
    if lines:
        attributes.write_text("\n".join([*known, *lines]) + "\n", encoding="utf-8")
