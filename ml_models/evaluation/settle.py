"""Which settings a recipe leaves open, chosen among the training speakers before anything is tested."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.data.corpora import NO_LABEL, labels_of
from ml_models.evaluation.held_out import scores_of_clips
from ml_models.evaluation.summary import ua_of
from ml_models.heads.search import search
from ml_models.learners.make import learner_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.sounds import Sounds
    from ml_models.recipe import Recipe


def choose_settings(
    recipe: Recipe, clips: Sequence[Clip], sounds: Sounds, *, train: Sequence[int], label_set: LabelSet, work: Path
) -> tuple[Recipe, dict[str, Any]]:
    """Search the recipe's space by speaker-independent folds of the training clips alone.

    Args:
        recipe: with or without a search.
        clips: all clips.
        sounds: their waveforms.
        train: positions of the training clips.
        label_set: what to tell apart.
        work: folder for what can be used again.

    Returns:
        The recipe with the chosen settings, and a record of the search, empty where there is none.
    """
    if recipe.search is None:
        return recipe, {}
    labels = labels_of(clips, label_set)
    usable = [position for position in train if labels[position] != NO_LABEL]

    def unweighted_accuracy(candidate: Recipe, learnt: Sequence[int], tested: Sequence[int]) -> float:
        fitted = learner_of(candidate, clips, sounds, work).fit(learnt, label_set, title="search")
        positions = np.asarray(tested)
        answers = scores_of_clips(fitted, sounds, positions).argmax(axis=1)
        return ua_of(labels[positions], answers, len(label_set.labels))

    settled, trials = search(recipe, unweighted_accuracy, usable, labels, [clip.speaker for clip in clips])
    best = max(trials, key=lambda trial: trial.score)
    return settled, {"settings": dict(best.settings), "score": best.score, "trials": len(trials)}
