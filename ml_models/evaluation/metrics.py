"""Scores of a classifier, with intervals over speakers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.integer]
    Floats = npt.NDArray[np.floating]

RESAMPLES = 2_000
CALIBRATION_BINS = 10
CURVE_POINTS = 50
NEARLY = 1e-9


@dataclass(frozen=True)
class Interval:
    """A 95 % bootstrap interval."""

    low: float
    high: float


@dataclass(frozen=True)
class Difference:
    """How much a second score exceeds a first.

    Attributes:
        value: on the clips as they are.
        interval: over resampled speakers.
    """

    value: float
    interval: Interval


class ReliabilityBin(TypedDict):
    """Clips of like confidence; without clips, confidence and accuracy are None."""

    low: float
    high: float
    clips: int
    confidence: float | None
    accuracy: float | None


class CoveragePoint(TypedDict):
    """Which share is answered from a threshold of confidence upwards, and which share of those answers is right."""

    coverage: float
    accuracy: float
    threshold: float


def confusion(truth: Ints, predicted: Ints, classes: int) -> Ints:
    """Count clips by (true class, predicted class), shape (classes, classes)."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (truth, predicted), 1)
    return counts


def recalls(counts: Ints) -> Floats:
    """Give each class's recall, NaN for a class that does not occur.

    Args:
        counts: (..., classes, classes).

    Returns:
        (..., classes).
    """
    hits, totals = np.diagonal(counts, axis1=-2, axis2=-1), counts.sum(axis=-1)
    found: Floats = np.divide(hits, totals, out=np.full(totals.shape, np.nan), where=totals > 0)
    return found


def unweighted_accuracy(counts: Ints) -> float:
    """Mean recall of the classes that occur (UA)."""
    return float(_unweighted(counts))


def weighted_accuracy(counts: Ints) -> float:
    """Share of clips that are right (WA)."""
    return float(_weighted(counts))


def macro_f1(counts: Ints) -> float:
    """Mean F1 of the classes that occur."""
    return float(_macro_f1(counts))


def _unweighted(counts: Ints) -> Any:
    return np.nanmean(recalls(counts), axis=-1)


def _weighted(counts: Ints) -> Any:
    return np.trace(counts, axis1=-2, axis2=-1) / counts.sum(axis=(-2, -1))


def _macro_f1(counts: Ints) -> Any:
    hits = np.diagonal(counts, axis1=-2, axis2=-1)
    occurrences, answers = counts.sum(axis=-1), counts.sum(axis=-2)
    either = occurrences + answers
    scores = np.divide(2.0 * hits, either, out=np.zeros(either.shape), where=either > 0)
    return scores.sum(axis=-1, where=occurrences > 0) / (occurrences > 0).sum(axis=-1)


SCORES = {"ua": _unweighted, "wa": _weighted, "macro_f1": _macro_f1}


def speaker_intervals(
    truth: Ints,
    predicted: Ints,
    speakers: Sequence[str],
    classes: int,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Interval]:
    """Bootstrap UA, WA and macro-F1 by drawing whole speakers with replacement.

    Args:
        truth: (clips,) class indices.
        predicted: (clips,) class indices.
        speakers: (clips,) who speaks.
        classes: how many classes there are.
        seed: of the draws.
        resamples: how often speakers are drawn.

    Returns:
        "ua", "wa" and "macro_f1", each with its interval.

    Raises:
        TrainingDataError: there are no clips.
    """
    drawn = _resampled(_counts_by_speaker(truth, predicted, speakers, classes), seed, resamples)
    return {name: _interval(score(drawn)) for name, score in SCORES.items()}


def speaker_difference(
    truth: Ints,
    first: Ints,
    second: Ints,
    speakers: Sequence[str],
    classes: int,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Difference:
    """Give the UA of second answers less the UA of first answers to the same clips, paired by speaker.

    Args:
        truth: (clips,) class indices.
        first: (clips,) answers of one classifier.
        second: (clips,) answers of another.
        speakers: (clips,) who speaks.
        classes: how many classes there are.
        seed: of the draws.
        resamples: how often speakers are drawn.

    Raises:
        TrainingDataError: there are no clips.
    """
    both = [_counts_by_speaker(truth, answers, speakers, classes) for answers in (first, second)]
    whole = [unweighted_accuracy(counts.sum(axis=0)) for counts in both]
    # The same seed draws the same speakers for both, which makes the comparison paired.
    drawn = [_unweighted(_resampled(counts, seed, resamples)) for counts in both]
    return Difference(whole[1] - whole[0], _interval(drawn[1] - drawn[0]))


def _counts_by_speaker(truth: Ints, predicted: Ints, speakers: Sequence[str], classes: int) -> Ints:
    """Count clips by (speaker, true class, predicted class)."""
    if not len(truth):
        raise TrainingDataError("There are no clips to score; give clips of at least one speaker.")
    names, owner = np.unique(np.asarray(speakers), return_inverse=True)
    counts = np.zeros((len(names), classes, classes), dtype=np.int64)
    np.add.at(counts, (owner, truth, predicted), 1)
    return counts


def _resampled(by_speaker: Ints, seed: int, resamples: int) -> Ints:
    """Draw speakers with replacement and add their counts up, (resamples, classes, classes)."""
    speakers, classes = len(by_speaker), by_speaker.shape[-1]
    times = np.random.default_rng(seed).multinomial(speakers, np.full(speakers, 1.0 / speakers), size=resamples)
    return (times @ by_speaker.reshape(speakers, -1)).reshape(resamples, classes, classes)


def _interval(scores: Floats) -> Interval:
    low, high = np.percentile(scores, (2.5, 97.5))
    return Interval(float(low), float(high))


def reliability(probabilities: Floats, truth: Ints) -> list[ReliabilityBin]:
    """Compare confidence with accuracy in ten equal bins of confidence.

    Args:
        probabilities: (clips, classes).
        truth: (clips,) class indices.
    """
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    position = np.minimum((confidence * CALIBRATION_BINS).astype(int), CALIBRATION_BINS - 1)
    bins = []
    for index in range(CALIBRATION_BINS):
        inside = position == index
        occupied = bool(inside.any())
        bins.append(
            ReliabilityBin(
                low=index / CALIBRATION_BINS,
                high=(index + 1) / CALIBRATION_BINS,
                clips=int(inside.sum()),
                confidence=float(confidence[inside].mean()) if occupied else None,
                accuracy=float(right[inside].mean()) if occupied else None,
            )
        )
    return bins


def calibration_error(probabilities: Floats, truth: Ints) -> float:
    """Expected calibration error: the mean gap between confidence and accuracy over the bins of `reliability`.

    Args:
        probabilities: (clips, classes).
        truth: (clips,) class indices.
    """
    gaps = [
        abs(found["accuracy"] - found["confidence"]) * found["clips"]
        for found in reliability(probabilities, truth)
        if found["accuracy"] is not None and found["confidence"] is not None
    ]
    return float(sum(gaps) / len(truth))


def risk_coverage(probabilities: Floats, truth: Ints, weights: Floats | None = None) -> list[CoveragePoint]:
    """Say what answering only the surest clips gives, from the surest few to all of them, in at most 50 points.

    Args:
        probabilities: (clips, classes).
        truth: (clips,) class indices.
        weights: (clips,) what each clip counts, above zero; all alike without it.
    """
    thresholds, coverage, accuracy = _answering(probabilities, truth, weights)
    wanted = np.arange(1, CURVE_POINTS + 1) / CURVE_POINTS
    chosen = np.unique(np.searchsorted(coverage, wanted - NEARLY)).tolist()
    return [
        CoveragePoint(
            coverage=float(coverage[index]), accuracy=float(accuracy[index]), threshold=float(thresholds[index])
        )
        for index in chosen
    ]


def uncertain_threshold(
    probabilities: Floats, truth: Ints, *, answered_accuracy: float, weights: Floats | None = None
) -> float:
    """Find the lowest confidence above which the wanted share of answers is right.

    Args:
        probabilities: (clips, classes).
        truth: (clips,) class indices.
        answered_accuracy: the share wanted.
        weights: (clips,) what each clip counts, above zero; all alike without it.

    Returns:
        A threshold in [0, 1]; where no threshold reaches the accuracy, the median confidence.
    """
    thresholds, _, accuracy = _answering(probabilities, truth, weights)
    reached = np.flatnonzero(accuracy >= answered_accuracy)
    if len(reached) == 0:
        return float(np.median(probabilities.max(axis=1)))
    return float(thresholds[reached[-1]])


def _answering(probabilities: Floats, truth: Ints, weights: Floats | None) -> tuple[Floats, Floats, Floats]:
    """Give every possible threshold, highest first, with the share answered and the share of answers that is right."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == truth
    order = np.argsort(-confidence, kind="stable")
    counted = (np.ones(len(truth)) if weights is None else np.asarray(weights))[order]
    ranked = confidence[order]
    answered, hits = np.cumsum(counted), np.cumsum(right[order] * counted)
    # Clips of equal confidence are answered together or not at all.
    last = np.flatnonzero(np.append(np.diff(ranked) != 0, True))
    return ranked[last], answered[last] / answered[-1], hits[last] / answered[last]
