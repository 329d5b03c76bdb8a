"""Scores of a classifier, with intervals over speakers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.integer]
    Floats = npt.NDArray[np.floating]

RESAMPLES = 2_000
CALIBRATION_BINS = 10


@dataclass(frozen=True)
class Interval:
    """A 95 % bootstrap interval."""

    low: float
    high: float


def confusion(truth: Ints, predicted: Ints, classes: int) -> Ints:
    """Count clips by (true class, predicted class), shape (classes, classes)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def recalls(counts: Ints) -> Floats:
    """Give each class's recall, NaN for a class that does not occur."""
    totals = counts.sum(axis=1)
    found: Floats = np.divide(np.diag(counts), totals, out=np.full(len(counts), np.nan), where=totals > 0)
    return found


def unweighted_accuracy(counts: Ints) -> float:
    """Mean recall of the classes that occur (UA)."""
    return float(np.nanmean(recalls(counts)))


def weighted_accuracy(counts: Ints) -> float:
    """Share of clips that are right (WA)."""
    return float(np.trace(counts) / counts.sum())


def macro_f1(counts: Ints) -> float:
    """Mean F1 of the classes that occur."""
    hits = np.diag(counts).astype(float)
    occurrences, answers = counts.sum(axis=1), counts.sum(axis=0)
    scores = np.divide(2 * hits, occurrences + answers, out=np.zeros(len(counts)), where=occurrences + answers > 0)
    return float(scores[occurrences > 0].mean())


def calibration_error(probabilities: Floats, truth: Ints) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over ten equal bins of confidence.

    Args:
        probabilities: (clips, classes).
        truth: (clips,) class indices.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    bins = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    gaps = [
        abs(right[bins == index].mean() - confidence[bins == index].mean()) * np.mean(bins == index)
        for index in np.unique(bins)
    ]
    return float(np.sum(gaps))


def speaker_interval(
    truth: Ints,
    predicted: Ints,
    speakers: Sequence[str],
    classes: int,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Interval:
    """Bootstrap the unweighted accuracy by drawing whole speakers with replacement."""
    names, owner = np.unique(np.asarray(speakers), return_inverse=True)
    each = np.stack([confusion(truth[owner == i], predicted[owner == i], classes) for i in range(len(names))])
    rng = np.random.default_rng(seed)
    draws = rng.integers(len(names), size=(resamples, len(names)))
    scores = [unweighted_accuracy(each[draw].sum(axis=0)) for draw in draws]
    low, high = np.percentile(scores, (2.5, 97.5))
    return Interval(float(low), float(high))


def uncertain_threshold(
    probabilities: Floats, truth: Ints, *, answered_accuracy: float, weights: Floats | None = None
) -> float:
    """Find the lowest confidence above which the wanted share of answers is right.

    Args:
        probabilities: (clips, classes).
        truth: (clips,) class indices.
        answered_accuracy: the share wanted.
        weights: (clips,) what each clip counts; all alike without it.

    Returns:
        A threshold in [0, 1]; where no threshold reaches the accuracy, the median confidence.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    order = np.argsort(-confidence, kind="stable")
    counted = np.ones(len(truth)) if weights is None else np.asarray(weights)
    accuracy = np.cumsum((right * counted)[order]) / np.cumsum(counted[order])
    reached = np.flatnonzero(accuracy >= answered_accuracy)
    if len(reached) == 0:
        return float(np.median(confidence))
    return float(confidence[order][reached[-1]])
