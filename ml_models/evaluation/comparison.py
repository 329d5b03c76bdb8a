"""Two runs on the same clips: which is better, and whether the speakers suffice to say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml_models.errors import TrainingDataError
from ml_models.evaluation.metrics import confusion, speaker_difference, unweighted_accuracy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ml_models.evaluation.metrics import Difference
    from ml_models.evaluation.predictions import HeldOutAnswer

    Pair = tuple[HeldOutAnswer, HeldOutAnswer]


@dataclass(frozen=True)
class Comparison:
    """Two runs on the clips of one corpus that both have answered.

    Attributes:
        label_set: what was to be told apart.
        corpus: short name.
        clips: how many both have answered.
        speakers: how many people these are of.
        first_ua: of the first run.
        second_ua: of the second run.
        difference: the second UA less the first, paired by speaker.
    """

    label_set: str
    corpus: str
    clips: int
    speakers: int
    first_ua: float
    second_ua: float
    difference: Difference


def compare_runs(first: Iterable[HeldOutAnswer], second: Iterable[HeldOutAnswer]) -> list[Comparison]:
    """Compare two runs under every label set and on every corpus that they share.

    Raises:
        TrainingDataError: they share no clip, or differ on who speaks or what was acted in one.
    """
    known = {(answer.label_set, answer.clip_id): answer for answer in first}
    pairs: dict[tuple[str, str], list[Pair]] = {}
    for answer in second:
        other = known.get((answer.label_set, answer.clip_id))
        if other is not None:
            _require_same_clip(other, answer)
            pairs.setdefault((answer.label_set, answer.corpus), []).append((other, answer))
    if not pairs:
        raise TrainingDataError("The two runs share no clip. Compare runs of the same label set on the same corpora.")
    return [_compared(label_set, corpus, shared) for (label_set, corpus), shared in sorted(pairs.items())]


def _require_same_clip(first: HeldOutAnswer, second: HeldOutAnswer) -> None:
    if (first.speaker, first.corpus, first.truth) != (second.speaker, second.corpus, second.truth):
        raise TrainingDataError(
            f"The runs disagree on who speaks or what is acted in clip {first.clip_id}. Train both on the same data."
        )


def _compared(label_set: str, corpus: str, pairs: Sequence[Pair]) -> Comparison:
    labels = sorted({label for one, other in pairs for label in (one.truth, one.predicted, other.predicted)})
    number = {label: index for index, label in enumerate(labels)}
    truth = np.array([number[one.truth] for one, _ in pairs])
    answers = [np.array([number[pair[run].predicted] for pair in pairs]) for run in (0, 1)]
    speakers = [one.speaker for one, _ in pairs]
    first, second = (unweighted_accuracy(confusion(truth, answered, len(labels))) for answered in answers)
    return Comparison(
        label_set=label_set,
        corpus=corpus,
        clips=len(pairs),
        speakers=len(set(speakers)),
        first_ua=first,
        second_ua=second,
        difference=speaker_difference(truth, answers[0], answers[1], speakers, len(labels)),
    )
