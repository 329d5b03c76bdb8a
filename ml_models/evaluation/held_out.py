"""The protocol: five speaker-independent folds, everything fitted on the other speakers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.evaluation import metrics
from ml_models.heads.speakers import adapt_to_speakers
from ml_models.heads.svm import Calibration, balanced_weights, fit_head

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.folds import Split
    from ml_models.heads.svm import SpeechHead
    from ml_models.recipe import Recipe

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]

NOT_TESTED = -1


@dataclass(frozen=True)
class HeldOut:
    """Class scores of clips by the one fold that had not heard their speaker.

    Attributes:
        clips: (n,) indices into the data set.
        truth: (n,) true classes.
        fold: (n,) number of the fold that tested the clip.
        scores: (n, classes) uncalibrated.
        probabilities: (n, classes) calibrated on the other folds' scores.
    """

    clips: Ints
    truth: Ints
    fold: Ints
    scores: Floats
    probabilities: Floats


def labels_of(clips: Sequence[Clip], label_set: LabelSet) -> Ints:
    """Give each clip's position in a label set, -1 for an emotion that has no place there."""
    positions = [label_set.index_of(clip.emotion) for clip in clips]
    return np.array([NOT_TESTED if position is None else position for position in positions])


def fit_on(
    embeddings: Floats, clips: Sequence[Clip], chosen: Sequence[int], label_set: LabelSet, recipe: Recipe
) -> SpeechHead:
    """Fit a head on those of the chosen clips whose emotion the label set has."""
    labels = labels_of(clips, label_set)
    used = [index for index in chosen if labels[index] != NOT_TESTED]
    corpora = [clips[index].corpus for index in used]
    return fit_head(embeddings[used], labels[used], corpora, recipe.head, seed=recipe.seed)


def held_out_scores(
    clips: Sequence[Clip],
    folds: Sequence[Split],
    embeddings: Mapping[int, Floats],
    label_set: LabelSet,
    recipe: Recipe,
    *,
    adapted: bool = False,
) -> HeldOut:
    """Score every clip by the fold that holds its speaker out.

    Args:
        clips: the data set.
        folds: the splits.
        embeddings: fold number to (clips, dim): all clips, embedded by the encoder of that fold.
        label_set: what to tell apart.
        recipe: settings of the head.
        adapted: normalise each speaker's embeddings by this speaker's own mean and deviation first.
    """
    labels = labels_of(clips, label_set)
    scores = np.zeros((len(clips), len(label_set.labels)))
    tested_by = np.zeros(len(clips), dtype=np.int64)
    for fold in folds:
        train, test = fold.split(clips)
        vectors = embeddings[fold.number]
        if adapted:
            vectors = adapt_to_speakers(vectors, [clip.speaker for clip in clips])
        head = fit_on(vectors, clips, train, label_set, recipe)
        scores[np.ix_(test, head.svm.classes_)] = head.scores(vectors[test])
        tested_by[test] = fold.number
    used = np.flatnonzero((labels != NOT_TESTED) & (tested_by > 0))
    corpora = np.array([clips[index].corpus for index in used.tolist()])
    chances = _cross_calibrated(scores[used], labels[used], tested_by[used], corpora)
    return HeldOut(used, labels[used], tested_by[used], scores[used], chances)


def _cross_calibrated(scores: Floats, truth: Ints, fold: Ints, corpora: npt.NDArray[np.str_]) -> Floats:
    """Give each fold's probabilities by a calibration that was fitted on the other folds' held-out scores."""
    chances = np.empty_like(scores)
    for number in np.unique(fold):
        tested = fold == number
        others = ~tested if (~tested).any() else tested
        weights = balanced_weights(truth[others], corpora[others].tolist())
        chances[tested] = Calibration.fit(scores[others], truth[others], weights).probabilities(scores[tested])
    return chances


def summarise(clips: Sequence[Clip], held_out: HeldOut, label_set: LabelSet) -> dict[str, Any]:
    """Give the scores of every corpus, and of all corpora together, as plain values."""
    corpora = np.array(corpora_of(clips, held_out))
    summary: dict[str, Any] = {"labels": list(label_set.labels)}
    summary["corpora"] = {
        str(name): _scores_of(clips, held_out, corpora == name, label_set) for name in np.unique(corpora)
    }
    summary["mean_over_corpora"] = {
        key: float(np.mean([scores[key] for scores in summary["corpora"].values()])) for key in ("ua", "wa", "macro_f1")
    }
    summary["ece"] = metrics.calibration_error(held_out.probabilities, held_out.truth)
    return summary


def _scores_of(
    clips: Sequence[Clip], held_out: HeldOut, mine: npt.NDArray[np.bool_], label_set: LabelSet
) -> dict[str, Any]:
    classes = len(label_set.labels)
    truth, chances = held_out.truth[mine], held_out.probabilities[mine]
    predicted = chances.argmax(axis=1)
    people = [clips[index] for index in held_out.clips[mine].tolist()]
    counts = metrics.confusion(truth, predicted, classes)
    interval = metrics.speaker_interval(truth, predicted, [clip.speaker for clip in people], classes)
    folds = {
        str(number): _ua(truth, predicted, held_out.fold[mine] == number, classes)
        for number in np.unique(held_out.fold[mine])
    }
    sexes = np.array([clip.sex for clip in people])
    found = metrics.recalls(counts)
    return {
        "clips": int(mine.sum()),
        "speakers": len({clip.speaker for clip in people}),
        "ua": metrics.unweighted_accuracy(counts),
        "ua_interval": [interval.low, interval.high],
        "ua_by_fold": folds,
        "ua_mean_of_folds": float(np.mean(list(folds.values()))),
        "ua_by_sex": {str(sex): _ua(truth, predicted, sexes == sex, classes) for sex in np.unique(sexes)},
        "wa": metrics.weighted_accuracy(counts),
        "macro_f1": metrics.macro_f1(counts),
        "ece": metrics.calibration_error(chances, truth),
        "recall": {
            label: float(value) for label, value in zip(label_set.labels, found, strict=True) if not np.isnan(value)
        },
        "confusion": counts.tolist(),
    }


def _ua(truth: Ints, predicted: Ints, chosen: npt.NDArray[np.bool_], classes: int) -> float:
    return metrics.unweighted_accuracy(metrics.confusion(truth[chosen], predicted[chosen], classes))


def corpora_of(clips: Sequence[Clip], held_out: HeldOut) -> list[str]:
    """Give the corpus of each held-out clip."""
    return [clips[index].corpus for index in held_out.clips.tolist()]


def uncertainty(held_out: HeldOut, corpora: Sequence[str], answered_accuracy: float) -> dict[str, float]:
    """Choose the confidence under which the answer is "uncertain", and say what it costs.

    Every corpus weighs alike, so that the largest does not set the threshold.
    """
    chances, truth = held_out.probabilities, held_out.truth
    weights = corpus_weights(corpora)
    threshold = metrics.uncertain_threshold(chances, truth, answered_accuracy=answered_accuracy, weights=weights)
    answered = chances.max(axis=1) >= threshold
    right = chances.argmax(axis=1) == truth
    return {
        "threshold": threshold,
        "answered": float(np.average(answered, weights=weights)),
        "accuracy_of_answered": float(np.average(right[answered], weights=weights[answered])),
        "accuracy_of_all": float(np.average(right, weights=weights)),
    }


def corpus_weights(corpora: Sequence[str]) -> Floats:
    """Weight clips so that each corpus counts alike; the mean weight is one."""
    _, owner, counts = np.unique(np.asarray(corpora), return_inverse=True, return_counts=True)
    weights: Floats = len(owner) / (len(counts) * counts[owner])
    return weights
