"""What a user should expect: corpora that were not learnt from, and calm people who do not act."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.data.corpora import labels_of
from ml_models.evaluation import metrics
from ml_models.evaluation.held_out import calibration_on, pooled
from ml_models.evaluation.summary import corpus_weights, ua_of
from ml_models.heads.calibration import TemperatureCalibration

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.evaluation.held_out import HeldOut, Outcome
    from ml_models.heads.calibration import FitCalibration

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]

NEUTRAL = "neutral"
CLOSEST_CALLS, CHANCE = 40, 0.5
MARGINS = np.arange(0.01, 0.31, 0.01)
FALSE_ALARMS = 0.01


def leave_one_corpus_out(
    clips: Sequence[Clip],
    outcomes: Sequence[Outcome],
    folds: Sequence[Outcome],
    label_set: LabelSet,
    *,
    fit: FitCalibration,
    answered_accuracy: float,
) -> dict[str, Any]:
    """Score each corpus by a model that had heard nothing of it.

    Calibration and threshold come from the held-out answers on the other corpora.

    Args:
        clips: the data set.
        outcomes: of the splits that leave a corpus out.
        folds: of the speaker-independent splits.
        label_set: what was told apart.
        fit: the kind of calibration.
        answered_accuracy: share of right answers wanted among those given.

    Returns:
        By corpus: clips, UA over the classes it has (cold, and with all clips of a voice known), the share of answers
        that are certain, and of all clips that are answered with certainty and wrongly; and the means over corpora.
    """
    labels = labels_of(clips, label_set)
    positions, scores = pooled(folds)
    found: dict[str, Any] = {}
    for outcome in outcomes:
        corpus = clips[int(outcome.clips[0])].corpus
        others = np.array([clips[position].corpus != corpus for position in positions.tolist()])
        complete = len(np.unique(labels[positions[others]])) == len(label_set.labels)
        # A sigmoid for each class cannot be fitted where the other corpora lack a class.
        kind = fit if complete else TemperatureCalibration.fit
        calibration = calibration_on(clips, labels, positions[others], scores[others], kind)
        weights = corpus_weights([clips[position].corpus for position in positions[others].tolist()])
        threshold = metrics.uncertain_threshold(
            calibration.probabilities(scores[others]),
            labels[positions[others]],
            answered_accuracy=answered_accuracy,
            weights=weights,
        )
        truth, chances = labels[outcome.clips], calibration.probabilities(outcome.scores)
        found[corpus] = {
            "clips": len(truth),
            "classes": len(np.unique(truth)),
            "ua": ua_of(truth, chances.argmax(axis=1), len(label_set.labels)),
            "ece": metrics.calibration_error(chances, truth),
            **_certainty(chances, truth, threshold),
        }
        if "all_clips" in outcome.adapted:
            known = calibration.probabilities(outcome.adapted["all_clips"]).argmax(axis=1)
            found[corpus]["ua_voice_known"] = ua_of(truth, known, len(label_set.labels))
    keys = ("ua", "ua_voice_known", "certain", "certain_and_wrong")
    means = {
        key: float(np.mean([row[key] for row in found.values()]))
        for key in keys
        if found and all(key in row for row in found.values())
    }
    return {"corpora": found, "mean": means}


def natural_speech(
    clips: Sequence[Clip],
    outcomes: Sequence[Outcome],
    calibrations: Mapping[int, Any],
    label_set: LabelSet,
    doubt: Mapping[str, float],
) -> dict[str, Any]:
    """Say what is answered to calm people who do not act, by the kind of source; no split has heard their voices.

    Args:
        clips: the data set.
        outcomes: of the speaker-independent splits, each with its answers to the clips beside.
        calibrations: number of a split to its calibration.
        label_set: what was told apart.
        doubt: "threshold" and "margin" under which an answer is uncertain.
    """
    neutral = label_set.labels.index(NEUTRAL)
    rows: dict[str, list[dict[str, float]]] = defaultdict(list)
    counts: dict[str, int] = {}
    for outcome in outcomes:
        chances = calibrations[outcome.number].probabilities(outcome.beside_scores)
        kinds = np.array([f"{clips[place].sentence}, {clips[place].language}" for place in outcome.beside.tolist()])
        for kind in [*np.unique(kinds).tolist(), "all"]:
            mine = np.ones(len(kinds), dtype=bool) if kind == "all" else kinds == kind
            truth = np.full(int(mine.sum()), neutral)
            counts[kind] = len(truth)
            rows[kind].append(
                {
                    "neutral": float((chances[mine].argmax(axis=1) == neutral).mean()),
                    **_certainty(chances[mine], truth, doubt["threshold"], doubt["margin"]),
                }
            )
    return {
        kind: {"clips": counts[kind], **{key: float(np.mean([row[key] for row in found])) for key in found[0]}}
        for kind, found in rows.items()
    }


def close_call_margin(held_out: HeldOut, threshold: float) -> float:
    """Find the lead of the best over the second best under which an answer is right no more often than not.

    Args:
        held_out: calibrated answers.
        threshold: confidence under which an answer is uncertain anyway.

    Returns:
        A margin in [0, 0.3], 0 where even the closest calls are right more often than not.
    """
    ranked = np.sort(held_out.probabilities, axis=1)
    lead = ranked[:, -1] - ranked[:, -2]
    right = held_out.probabilities.argmax(axis=1) == held_out.truth
    given = ranked[:, -1] >= threshold
    found = 0.0
    for margin in MARGINS:
        close = given & (lead < margin) & (lead >= margin - MARGINS[0])
        if close.sum() >= CLOSEST_CALLS and right[close].mean() <= CHANCE:
            found = float(margin)
    return found


def strangeness_limit(clips: Sequence[Clip], folds: Sequence[Outcome], unheard: Sequence[Outcome]) -> dict[str, Any]:
    """Find the strangeness above which a sound is unlike all that was learnt, and how often that is a false alarm.

    Returns:
        "threshold", exceeded by one in a hundred clips of held-out speakers (each corpus counted alike), and
        "false_alarms": that share by corpus, of held-out speakers and of corpora that were not learnt from;
        nothing for models without an embedding.
    """
    values = np.concatenate([outcome.strangeness for outcome in folds])
    if not len(values):
        return {}
    corpora = np.array([clips[place].corpus for outcome in folds for place in outcome.clips.tolist()])
    order = np.argsort(values)
    share = np.cumsum(corpus_weights(corpora.tolist())[order]) / len(values)
    threshold = float(values[order][np.searchsorted(share, 1.0 - FALSE_ALARMS)])
    return {
        "threshold": threshold,
        "false_alarms": {
            str(corpus): float((values[corpora == corpus] > threshold).mean()) for corpus in np.unique(corpora)
        },
        "false_alarms_unheard": {
            clips[int(outcome.clips[0])].corpus: float((outcome.strangeness > threshold).mean()) for outcome in unheard
        },
    }


def _certainty(chances: Floats, truth: Ints, threshold: float, margin: float = 0.0) -> dict[str, float]:
    ranked = np.sort(chances, axis=1)
    certain = (ranked[:, -1] >= threshold) & (ranked[:, -1] - ranked[:, -2] >= margin)
    wrong = chances.argmax(axis=1) != truth
    return {"certain": float(certain.mean()), "certain_and_wrong": float((certain & wrong).mean())}
