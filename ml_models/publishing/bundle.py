"""Write a bundle: the files the product loads, its figures, its model card and its manifest."""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import joblib
import numpy as np
from sklearn.preprocessing import LabelEncoder

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.bundles import CARD_NAME
from emotion_clf.speech.manifest import Manifest
from ml_models.data.corpora import LABEL_SETS
from ml_models.evaluation.reference import write_reference
from ml_models.heads.calibration import TemperatureCalibration, classifier_of
from ml_models.heads.speakers import PRIOR_CLIPS
from ml_models.learners.learner import Embedding
from ml_models.publishing.card import model_card
from ml_models.publishing.reference import speech_reference
from ml_models.recipe import FrozenRecipe, WhisperRecipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import LabelSet
    from ml_models.evaluation.predictions import HeldOutAnswer
    from ml_models.heads.calibration import Calibration
    from ml_models.heads.svm import SpeechHead
    from ml_models.learners.learner import Fitted
    from ml_models.recipe import Recipe

LIBRARIES = ("scikit-learn", "onnxruntime", "numpy", "joblib")
GRAPH = "embedder.onnx"
COMPRESSION = 3
SERVING_THREADS = 2
TIMED_RUNS = 30
TIMED_CLIP_S = 3
FIGURES = {
    "confusion": "Confusion matrix on {corpus}",
    "reliability": "Reliability: confidence against accuracy",
    "risk_coverage": "Risk and coverage: accuracy of the answers that are given",
    "robustness": "Robustness to codecs, noise and level on {corpus}",
}


@dataclass(frozen=True)
class Finished:
    """A model that has learnt from everybody, as far as a bundle needs it.

    Attributes:
        head: the classifier behind the embedder, None for a network that classifies by itself.
        parity: largest difference between torch and ONNX Runtime, None where no graph was written.
        components: (clips, components) of the clips it learnt from, as `Reference.components` counts them.
        chosen: settings that a search chose.
    """

    head: SpeechHead | None
    parity: float | None
    components: npt.NDArray[np.floating]
    chosen: Mapping[str, Any] = field(default_factory=dict)


def bundle_name(recipe: Recipe, label_set: LabelSet) -> str:
    """The recipe's name for its first label set, and the set's name behind it for any other."""
    name = recipe.name.replace("_", "-")
    return name if label_set.name == recipe.label_sets[0] else f"{name}-{label_set.name}"


def finish(
    fitted: Fitted, recipe: Recipe, folder: Path, chosen: Mapping[str, Any], components: npt.NDArray[np.floating]
) -> Finished:
    """Write the graph of a model that has learnt from everybody into its bundle's folder.

    Args:
        fitted: the model.
        recipe: its recipe, with the settings that a search chose.
        folder: of the bundle, created where needed.
        chosen: those settings, for the record.
        components: of what it learnt from, see `Finished`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    head = fitted.head if isinstance(fitted, Embedding) else None
    if isinstance(recipe.learner, FrozenRecipe):
        return Finished(head, None, components, chosen)
    if isinstance(recipe.learner, WhisperRecipe) and folder.name != bundle_name(
        recipe, LABEL_SETS[recipe.label_sets[0]]
    ):
        return Finished(head, None, components, chosen)  # its graph is that of the first label set's bundle
    return Finished(head, fitted.export(folder / GRAPH), components, chosen)


def write_bundle(
    folder: Path,
    recipe: Recipe,
    label_set: LabelSet,
    *,
    finished: Finished,
    calibration: Calibration,
    metrics: dict[str, Any],
    figures: Path,
    speakers: Sequence[str],
    answers: Sequence[HeldOutAnswer],
) -> None:
    """Write everything but the graph, which is in the folder already where there is one.

    Args:
        folder: the bundle's folder.
        recipe: names, version, licence.
        label_set: what the classes mean.
        finished: the model.
        calibration: of its scores, learnt from held-out speakers.
        metrics: the scores of the run; the manifest and the card quote nothing else.
        figures: folder of the run's figures.
        speakers: who was learnt from.
        answers: the held-out answers under this label set.
    """
    folder.mkdir(parents=True, exist_ok=True)
    scores = metrics["label_sets"][label_set.name]
    fields: dict[str, Any] = {
        "name": folder.name,
        "version": recipe.version,
        "title": recipe.title
        if label_set.name == recipe.label_sets[0]
        else f"{recipe.title}, {label_set.name} emotions",
        "description": recipe.description,
        "labels": label_set.labels,
        "uncertain_below": round(scores["uncertain"]["threshold"], 4),
        "uncertain_margin": round(scores["uncertain"].get("margin", 0.0), 4),
        "strangeness": strangeness_fields(scores.get("strangeness")),
        "libraries": {name: version(name) for name in LIBRARIES},
        "training_data": metrics["data"],
        "training_speakers": tuple(speakers),
        "licence": recipe.licence,
        "scores": manifest_scores(metrics, label_set.name),
        "embedder": embedder_spec(recipe, finished, label_set),
        "figures": _copy_figures(folder, figures, label_set, recipe.corpora[0]),
        "reference": write_reference(folder, speech_reference(label_set.labels, answers, finished.components)),
    }
    (folder / CARD_NAME).write_text(model_card(recipe, label_set, metrics), encoding="utf-8")
    Manifest.write(folder, fields | _head_fields(folder, recipe, label_set, finished, calibration))


def embedder_spec(recipe: Recipe, finished: Finished, label_set: LabelSet) -> dict[str, Any]:
    """Say how the product makes an embedding."""
    if isinstance(recipe.learner, FrozenRecipe) and finished.head is not None:
        settings = {**recipe.as_dict()["learner"], **_learner_settings(finished.chosen)}
        del settings["kind"]
        return {"kind": "hubert", **settings, "dim": int(finished.head.scaler.n_features_in_)}
    dim = len(label_set.labels) if finished.head is None else int(finished.head.scaler.n_features_in_)
    first = LABEL_SETS[recipe.label_sets[0]]
    shared = isinstance(recipe.learner, WhisperRecipe) and label_set.name != first.name
    return {"kind": "onnx", "file": GRAPH, "dim": dim, "bundle": bundle_name(recipe, first) if shared else None}


def strangeness_fields(found: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Say when a sound is unlike all that was learnt from."""
    if not found:
        return None
    return {"threshold": round(found["threshold"], 4), "false_alarms": found["false_alarms"]}


def _learner_settings(chosen: Mapping[str, Any]) -> dict[str, Any]:
    settings = chosen.get("settings", {})
    return {name.removeprefix("learner."): value for name, value in settings.items() if name.startswith("learner.")}


def _head_fields(
    folder: Path, recipe: Recipe, label_set: LabelSet, finished: Finished, calibration: Calibration
) -> dict[str, Any]:
    """Write the classifier's files, if it has any, and say what the manifest must tell of it."""
    if isinstance(calibration, TemperatureCalibration) and finished.head is None:
        return {"head": "softmax", "temperature": calibration.temperature}
    if finished.head is None:
        raise TypeError("a network without a head is calibrated by one temperature")
    parts = {
        "emotion_scaler": finished.head.scaler,
        "emotion_pca": finished.head.pca,
        "emotion_model_svm": classifier_of(finished.head, calibration),
        "emotion_label_encoder": LabelEncoder().fit(label_set.labels),
    }
    for name, part in parts.items():
        joblib.dump(part, folder / f"{name}.pkl", compress=COMPRESSION)
    return {"head": "svm", "adaptation": {"prior_clips": PRIOR_CLIPS} if recipe.head.adapted else None}


def _copy_figures(folder: Path, figures: Path, label_set: LabelSet, corpus: str) -> list[dict[str, str]]:
    """Take along those of the run's figures that speak of this label set."""
    taken = []
    for kind, title in FIGURES.items():
        parts = (kind, corpus, label_set.name) if kind == "confusion" else (kind, label_set.name)
        source = figures / f"{'_'.join(parts)}.svg"
        if source.is_file():
            shutil.copyfile(source, folder / f"{kind}.svg")
            taken.append({"file": f"{kind}.svg", "title": title.format(corpus=corpus.upper())})
    return taken


def manifest_scores(metrics: dict[str, Any], label_set: str) -> dict[str, Any]:
    """Pick the scores a bundle carries out of a run's scores."""
    kept = ("clips", "speakers", "ua", "ua_interval", "ua_mean_of_folds", "wa", "macro_f1", "ece")
    measured = metrics["label_sets"][label_set]
    adapted = measured.get("adapted_to_speaker", {})
    scores = {}
    for corpus, values in measured["corpora"].items():
        scores[corpus] = {key: values[key] for key in kept}
        scores[corpus]["recall"] = {label: row["recall"] for label, row in values["per_class"].items()}
        if corpus in adapted:
            scores[corpus]["adapted_ua"] = adapted[corpus]["all_clips"]["ua"]
    return {"protocol": metrics["protocol"], label_set: scores, "uncertain": measured["uncertain"]}


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
        "size_bytes": onnx.stat().st_size,
    }
