"""Scores of an invented run, computed by the very functions that score real ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from ml_models.data.corpora import Clip
from ml_models.evaluation import metrics
from ml_models.evaluation.classification import per_class
from ml_models.evaluation.groups import gaps

LABELS = ["angry", "happy", "neutral"]


def people(speakers: int, each: int, *, corpus: str = "ravdess", language: str = "en") -> list[Clip]:
    return [
        Clip(
            path=Path(f"{corpus}-{speaker}-{take}.wav"),
            corpus=corpus,
            speaker=f"{corpus}:{speaker:02d}",
            sex="F" if speaker % 2 else "M",
            language=language,
            emotion=LABELS[take % len(LABELS)],
            age=20 + 7 * speaker,
        )
        for speaker in range(speakers)
        for take in range(each)
    ]


def answers(clips: list[Clip], *, skill: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """True classes (n,) and calibrated-looking probabilities (n, 3) that favour the truth by `skill`."""
    rng = np.random.default_rng(seed)
    truth = np.array([LABELS.index(clip.emotion) for clip in clips])
    scores = rng.standard_normal((len(clips), len(LABELS))) + skill * np.eye(len(LABELS))[truth]
    chances = np.exp(scores)
    return truth, chances / chances.sum(axis=1, keepdims=True)


def corpus_scores(clips: list[Clip], truth: np.ndarray, chances: np.ndarray) -> dict[str, Any]:
    predicted = chances.argmax(axis=1)
    counts = metrics.confusion(truth, predicted, len(LABELS))
    speakers = [clip.speaker for clip in clips]
    intervals = metrics.speaker_intervals(truth, predicted, speakers, len(LABELS), resamples=200)
    return {
        "clips": len(clips),
        "speakers": len(set(speakers)),
        "ua": metrics.unweighted_accuracy(counts),
        "wa": metrics.weighted_accuracy(counts),
        "macro_f1": metrics.macro_f1(counts),
        **{f"{name}_interval": [found.low, found.high] for name, found in intervals.items()},
        "ece": metrics.calibration_error(chances, truth),
        "per_class": per_class(counts, LABELS),
        "confusion": counts.tolist(),
        "gaps": {axis: found for axis, found in gaps(clips, truth, predicted, 3).items() if axis != "language"},
    }


def bare_metrics(*, skill: float = 1.0, corpora: tuple[str, ...] = ("ravdess",)) -> dict[str, Any]:
    """The parts that every metrics.json has, and no more."""
    each = {}
    for corpus in corpora:
        clips = people(6, 6, corpus=corpus)
        each[corpus] = corpus_scores(clips, *answers(clips, skill=skill))
    return {
        "format": 1,
        "recipe": {"name": "invented"},
        "data": [{"corpus": "RAVDESS", "language": "en", "licence": "none", "speakers": 6, "clips": 36}],
        "protocol": "five speaker-independent folds",
        "label_sets": {"six": {"labels": LABELS, "corpora": each}},
    }


def full_metrics(*, skill: float = 1.0) -> dict[str, Any]:
    """A metrics.json with every part."""
    found = bare_metrics(skill=skill, corpora=("emodb", "ravdess"))
    clips = [*people(3, 6), *people(3, 6, corpus="emodb", language="de")]
    truth, chances = answers(clips, skill=skill)
    scores = found["label_sets"]["six"]
    scores |= {
        "reliability": metrics.reliability(chances, truth),
        "risk_coverage": metrics.risk_coverage(chances, truth),
        "uncertain": {"threshold": 0.5, "answered": 0.8, "accuracy_of_answered": 0.75, "accuracy_of_all": 0.7},
        "gaps": {"language": gaps(clips, truth, chances.argmax(axis=1), 3)["language"]},
        "adapted_to_speaker": {
            "ravdess": {
                "16_earlier": {"ua": 0.5216, "ece": 0.1},
                "4_earlier": {"ua": 0.5104, "ece": 0.1},
                "all_clips": {"ua": 0.5999, "ece": 0.1},
                "cold": {"ua": 0.4999, "ece": 0.1},
            }
        },
        "robustness": {"corpus": "ravdess", "clean": 0.6, "conditions": {"babble_0db": 0.3125, "opus_16k": 0.5625}},
        "windows_3_s": {"corpus": "ravdess", "whole_clip": 0.61, "one_window": 0.57, "mean_of_windows": 0.62},
        "leaks": {
            "random_split": {"ravdess": {"ua": 0.8125, "wa": 0.8}},
            "doubled_files": {"ravdess": {"ua": 0.9375, "wa": 0.9}},
        },
    }
    scores["corpora"]["ravdess"]["agreement_with_listeners"] = {"clips": 12, "wa": 0.4375}
    found |= {
        "notes": ["4 of 100 epochs", "random weights, not pre-trained"],
        "curves": {"six": {str(fold): curve(fold) for fold in (1, 2)}},
        "cost": {"size_bytes": 4_700_000, "embedder_ms_per_3_s_clip": 3.46, "threads": 2},
    }
    return found


def curve(fold: int) -> list[dict[str, Any]]:
    return [
        {"epoch": epoch, "train_loss": 1 / epoch, "validation_loss": 1.1 / epoch + fold / 9, "validation_ua": 0.5}
        for epoch in range(1, 5)
    ]
