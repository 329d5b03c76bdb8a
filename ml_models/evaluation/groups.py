"""How well different people are recognised: by sex, by age and by language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.evaluation.metrics import confusion, speaker_intervals, unweighted_accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip

    Ints = npt.NDArray[np.integer]

LARGEST_GAP = "largest_gap"
BAND_YEARS = 10
SPEAKERS_FOR_AN_INTERVAL = 2


def gaps(clips: Sequence[Clip], truth: Ints, predicted: Ints, classes: int) -> dict[str, dict[str, Any]]:
    """Score each group of people apart.

    Args:
        clips: (n,) the recordings.
        truth: (n,) class indices.
        predicted: (n,) class indices.
        classes: how many classes there are.

    Returns:
        "sex", "age_band" and "language", each from a group's name to its "clips", "speakers", "ua" (over the classes
        that the group has) and "ua_interval" (for two speakers or more). Where there are two groups or more,
        "largest_gap" stands beside them: the UA of the best less that of the worst. People of whom a thing is not
        known are left out of its groups.
    """
    memberships = {
        "sex": [clip.sex or None for clip in clips],
        "age_band": [_age_band(clip.age) for clip in clips],
        "language": [clip.language or None for clip in clips],
    }
    speakers = np.array([clip.speaker for clip in clips])
    return {axis: _by_group(groups, speakers, truth, predicted, classes) for axis, groups in memberships.items()}


def _age_band(age: int | None) -> str | None:
    if age is None:
        return None
    start = age // BAND_YEARS * BAND_YEARS
    return f"{start}-{start + BAND_YEARS - 1}"


def _by_group(
    groups: Sequence[str | None], speakers: npt.NDArray[np.str_], truth: Ints, predicted: Ints, classes: int
) -> dict[str, Any]:
    scores: dict[str, Any] = {}
    for group in sorted({group for group in groups if group is not None}):
        mine = np.array([other == group for other in groups])
        scores[group] = _scores(speakers[mine].tolist(), truth[mine], predicted[mine], classes)
    found = [group["ua"] for group in scores.values()]
    if len(found) > 1:
        scores[LARGEST_GAP] = max(found) - min(found)
    return scores


def _scores(speakers: list[str], truth: Ints, predicted: Ints, classes: int) -> dict[str, Any]:
    people = len(set(speakers))
    scores: dict[str, Any] = {
        "clips": len(truth),
        "speakers": people,
        "ua": unweighted_accuracy(confusion(truth, predicted, classes)),
    }
    if people >= SPEAKERS_FOR_AN_INTERVAL:
        interval = speaker_intervals(truth, predicted, speakers, classes)["ua"]
        scores["ua_interval"] = [interval.low, interval.high]
    return scores
