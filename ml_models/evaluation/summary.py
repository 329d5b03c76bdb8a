"""From held-out answers to the scores that a report prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.data.corpora import labels_of
from ml_models.evaluation import metrics
from ml_models.evaluation.classification import per_class
from ml_models.evaluation.groups import gaps

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.evaluation.held_out import HeldOut, Outcome

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]


def summarise(
    clips: Sequence[Clip], outcomes: Sequence[Outcome], held_out: HeldOut, label_set: LabelSet, answered_accuracy: float
) -> dict[str, Any]:
    """Score one label set.

    Args:
        clips: the data set.
        outcomes: of the speaker-independent splits.
        held_out: their calibrated answers.
        label_set: what was told apart.
        answered_accuracy: share of right answers wanted among those given.

    Returns:
        Plain values, see docs of `metrics.json` in ml_models/README.md.
    """
    found = scores_of_answers(clips, held_out, label_set)
    corpora = [clips[position].corpus for position in held_out.clips.tolist()]
    found["uncertain"] = uncertainty(held_out, corpus_weights(corpora), answered_accuracy)
    return found | _checks(clips, outcomes, held_out, label_set)


def scores_of_answers(
    clips: Sequence[Clip], held_out: HeldOut, label_set: LabelSet, uncertain_below: float | None = None
) -> dict[str, Any]:
    """Score answers alone: by corpus, their calibration, and the gap between languages.

    Args:
        clips: the data set.
        held_out: answers.
        label_set: what was told apart.
        uncertain_below: the threshold in use, if there is one already.
    """
    people = [clips[position] for position in held_out.clips.tolist()]
    corpora = np.array([clip.corpus for clip in people])
    weights = corpus_weights(corpora.tolist())
    each = {str(name): _scores_of(people, held_out, corpora == name, label_set) for name in np.unique(corpora)}
    predicted = held_out.probabilities.argmax(axis=1)
    summary: dict[str, Any] = {
        "labels": list(label_set.labels),
        "corpora": each,
        "mean_over_corpora": {
            key: float(np.mean([scores[key] for scores in each.values()])) for key in ("ua", "wa", "macro_f1")
        },
        "ece": metrics.calibration_error(held_out.probabilities, held_out.truth),
        "reliability": metrics.reliability(held_out.probabilities, held_out.truth),
        "risk_coverage": metrics.risk_coverage(held_out.probabilities, held_out.truth, weights),
        "gaps": {"language": gaps(people, held_out.truth, predicted, len(label_set.labels))["language"]},
    }
    if uncertain_below is not None:
        summary["uncertain"] = answered_above(uncertain_below, held_out, weights)
    return summary


def _scores_of(
    people: Sequence[Clip], held_out: HeldOut, mine: npt.NDArray[np.bool_], label_set: LabelSet
) -> dict[str, Any]:
    classes = len(label_set.labels)
    truth, chances = held_out.truth[mine], held_out.probabilities[mine]
    predicted = chances.argmax(axis=1)
    those = [people[position] for position in np.flatnonzero(mine).tolist()]
    counts = metrics.confusion(truth, predicted, classes)
    intervals = metrics.speaker_intervals(truth, predicted, [clip.speaker for clip in those], classes)
    folds = {
        str(number): ua_of(truth[held_out.fold[mine] == number], predicted[held_out.fold[mine] == number], classes)
        for number in np.unique(held_out.fold[mine])
    }
    found = gaps(those, truth, predicted, classes)
    return {
        "clips": int(mine.sum()),
        "speakers": len({clip.speaker for clip in those}),
        "ua": metrics.unweighted_accuracy(counts),
        "wa": metrics.weighted_accuracy(counts),
        "macro_f1": metrics.macro_f1(counts),
        **{f"{name}_interval": [interval.low, interval.high] for name, interval in intervals.items()},
        "ua_by_fold": folds,
        "ua_mean_of_folds": float(np.mean(list(folds.values()))),
        "ece": metrics.calibration_error(chances, truth),
        "per_class": per_class(counts, label_set.labels),
        "confusion": counts.tolist(),
        "gaps": {name: groups for name, groups in found.items() if name != "language"},
        **_listeners(those, predicted, label_set),
    }


def _listeners(people: Sequence[Clip], predicted: Ints, label_set: LabelSet) -> dict[str, Any]:
    """Compare with what most listeners heard, where a corpus asked them; a tie is shared out."""
    asked = [index for index, clip in enumerate(people) if clip.heard]
    if not asked:
        return {}
    shares = []
    for index in asked:
        votes = [label_set.index_of(emotion) for emotion in people[index].heard]
        shares.append(votes.count(int(predicted[index])) / len(votes))
    return {"agreement_with_listeners": {"clips": len(asked), "wa": float(np.mean(shares))}}


def ua_of(truth: Ints, predicted: Ints, classes: int) -> float:
    """Mean recall of the classes that occur."""
    return metrics.unweighted_accuracy(metrics.confusion(truth, predicted, classes))


def uncertainty(held_out: HeldOut, weights: Floats, answered_accuracy: float) -> dict[str, float]:
    """Choose the confidence under which the answer is "uncertain", and say what it costs.

    Every corpus weighs alike, so that the largest does not set the threshold.
    """
    threshold = metrics.uncertain_threshold(
        held_out.probabilities, held_out.truth, answered_accuracy=answered_accuracy, weights=weights
    )
    return answered_above(threshold, held_out, weights)


def answered_above(threshold: float, held_out: HeldOut, weights: Floats) -> dict[str, float]:
    """Say how many clips are answered above a confidence, and how many of them rightly."""
    chances, truth = held_out.probabilities, held_out.truth
    answered = chances.max(axis=1) >= threshold
    right = chances.argmax(axis=1) == truth
    return {
        "threshold": threshold,
        "answered": float(np.average(answered, weights=weights)),
        "accuracy_of_answered": float(np.average(right[answered], weights=weights[answered]))
        if answered.any()
        else 0.0,
        "accuracy_of_all": float(np.average(right, weights=weights)),
    }


def corpus_weights(corpora: Sequence[str]) -> Floats:
    """Weight clips so that each corpus counts alike; the mean weight is one."""
    _, owner, counts = np.unique(np.asarray(corpora), return_inverse=True, return_counts=True)
    weights: Floats = len(owner) / (len(counts) * counts[owner])
    return weights


def _checks(
    clips: Sequence[Clip], outcomes: Sequence[Outcome], held_out: HeldOut, label_set: LabelSet
) -> dict[str, Any]:
    """Score what was asked beside the plain answers: voices that are known, disturbed sound, short windows."""
    labels, classes = labels_of(clips, label_set), len(label_set.labels)
    found: dict[str, Any] = {}
    if all(outcome.adapted for outcome in outcomes):
        found["adapted_to_speaker"] = _adapted(clips, outcomes, held_out, labels, classes)
    asked = [outcome for outcome in outcomes if len(outcome.checked)]
    if not asked:
        return found
    corpus = clips[int(asked[0].clips[asked[0].checked[0]])].corpus

    truth = np.concatenate([labels[outcome.clips[outcome.checked]] for outcome in asked])

    def ua(chances: Sequence[Floats]) -> float:
        return ua_of(truth, np.concatenate(chances).argmax(axis=1), classes)

    def calibrated(outcome: Outcome, scores: Floats) -> Floats:
        return held_out.calibrations[outcome.number].probabilities(scores)

    whole = ua([calibrated(outcome, outcome.scores[outcome.checked]) for outcome in asked])
    found["robustness"] = {
        "corpus": corpus,
        "clean": whole,
        "conditions": {
            condition: ua([calibrated(outcome, outcome.disturbed[condition]) for outcome in asked])
            for condition in asked[0].disturbed
        },
    }
    windows = [(calibrated(outcome, outcome.windows), outcome.window_owner) for outcome in asked]
    found["windows_3_s"] = {
        "corpus": corpus,
        "whole_clip": whole,
        "one_window": ua([chances[np.unique(owner, return_index=True)[1]] for chances, owner in windows]),
        "mean_of_windows": ua([_means(chances, owner) for chances, owner in windows]),
    }
    return found


def _means(chances: Floats, owner: Ints) -> Floats:
    """Average the rows of each owner."""
    sums = np.zeros((owner.max() + 1, chances.shape[1]))
    np.add.at(sums, owner, chances)
    means: Floats = sums / np.bincount(owner)[:, None]
    return means


def _adapted(
    clips: Sequence[Clip], outcomes: Sequence[Outcome], held_out: HeldOut, labels: Ints, classes: int
) -> dict[str, dict[str, dict[str, float]]]:
    """UA and ECE of each corpus for every way of knowing the voice."""
    corpora = np.array([clips[position].corpus for position in held_out.clips.tolist()])
    ways = {
        way: np.concatenate(
            [held_out.calibrations[outcome.number].probabilities(outcome.adapted[way]) for outcome in outcomes]
        )
        for way in outcomes[0].adapted
    }
    ways["cold"] = held_out.probabilities
    truth = labels[held_out.clips]
    return {
        str(corpus): {
            way: {
                "ua": ua_of(truth[corpora == corpus], chances[corpora == corpus].argmax(axis=1), classes),
                "ece": metrics.calibration_error(chances[corpora == corpus], truth[corpora == corpus]),
            }
            for way, chances in ways.items()
        }
        for corpus in np.unique(corpora)
    }


def leak_scores(clips: Sequence[Clip], outcomes: Sequence[Outcome], label_set: LabelSet) -> dict[str, dict[str, float]]:
    """Give the UA and WA of each corpus on splits that leak."""
    labels = labels_of(clips, label_set)
    positions = np.concatenate([outcome.clips for outcome in outcomes])
    answers = np.concatenate([outcome.scores.argmax(axis=1) for outcome in outcomes])
    corpora = np.array([clips[position].corpus for position in positions.tolist()])
    found = {}
    for corpus in np.unique(corpora):
        mine = corpora == corpus
        counts = metrics.confusion(labels[positions[mine]], answers[mine], len(label_set.labels))
        found[str(corpus)] = {"ua": metrics.unweighted_accuracy(counts), "wa": metrics.weighted_accuracy(counts)}
    return found
