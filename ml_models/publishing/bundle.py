"""Write a bundle: the files the product loads, its model card and its manifest."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.preprocessing import LabelEncoder

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.speech.manifest import CARD_NAME, write_manifest
from ml_models.publishing.card import model_card

if TYPE_CHECKING:
    from pathlib import Path

    from sklearn.calibration import CalibratedClassifierCV

    from ml_models.data.corpora import LabelSet
    from ml_models.heads.svm import SpeechHead
    from ml_models.recipe import Recipe

LIBRARIES = ("scikit-learn", "onnxruntime", "numpy", "joblib")
COMPRESSION = 3
SERVING_THREADS = 2
TIMED_RUNS = 30
TIMED_CLIP_S = 3


def write_bundle(
    folder: Path,
    recipe: Recipe,
    *,
    head: SpeechHead,
    classifier: CalibratedClassifierCV,
    label_set: LabelSet,
    metrics: dict[str, Any],
) -> None:
    """Write everything but `embedder.onnx`, which must be in the folder already.

    Args:
        folder: the bundle's folder.
        recipe: names, version, licence.
        head: the finished head.
        classifier: its support vectors with their calibration.
        label_set: what the classes mean.
        metrics: the scores of the run; the manifest and the card quote nothing else.
    """
    parts = {
        "emotion_scaler": head.scaler,
        "emotion_pca": head.pca,
        "emotion_model_svm": classifier,
        "emotion_label_encoder": LabelEncoder().fit(label_set.labels),
    }
    for name, part in parts.items():
        joblib.dump(part, folder / f"{name}.pkl", compress=COMPRESSION)
    (folder / CARD_NAME).write_text(model_card(recipe, metrics), encoding="utf-8")
    write_manifest(
        folder,
        {
            "name": recipe.name,
            "version": recipe.version,
            "title": recipe.title,
            "description": recipe.description,
            "embedder": {"kind": "onnx", "file": "embedder.onnx", "dim": int(head.scaler.n_features_in_)},
            "labels": label_set.labels,
            "uncertain_below": round(metrics[label_set.name]["uncertain"]["threshold"], 4),
            "libraries": {name: version(name) for name in LIBRARIES},
            "training_data": metrics["data"],
            "licence": recipe.licence,
            "scores": manifest_scores(metrics),
        },
    )


def manifest_scores(metrics: dict[str, Any]) -> dict[str, Any]:
    """Pick the scores a bundle carries out of a run's scores."""
    kept = ("clips", "speakers", "ua", "ua_interval", "ua_mean_of_folds", "wa", "macro_f1", "ece", "recall")
    scores: dict[str, Any] = {"protocol": "five speaker-independent folds"}
    for name in ("six", "eight"):
        scores[name] = {
            corpus: {key: values[key] for key in kept} for corpus, values in metrics[name]["corpora"].items()
        }
    scores["uncertain"] = metrics["six"]["uncertain"]
    return scores


def measure_speed(onnx: Path) -> dict[str, Any]:
    """Time the exported embedder on a three-second clip, on two threads.

    Returns:
        Median milliseconds and the size of the file.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = SERVING_THREADS
    session = onnxruntime.InferenceSession(str(onnx), options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    waveform = rng.standard_normal((1, TIMED_CLIP_S * SAMPLE_RATE_HZ), dtype=np.float32)
    times_s = []
    for _ in range(TIMED_RUNS):
        started = time.perf_counter()
        session.run(None, {"waveform": waveform})
        times_s.append(time.perf_counter() - started)
    return {
        "embedder_ms_per_3_s_clip": round(1000 * float(np.median(times_s)), 2),
        "threads": SERVING_THREADS,
        "cores_of_the_machine": os.cpu_count(),
        "embedder_size_bytes": onnx.stat().st_size,
    }
