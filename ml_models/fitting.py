"""A recipe that is trained on other corpora than its own: what it says of corpora is fitted to those."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from ml_models.data.corpora import LABEL_SETS, require_labels
from ml_models.errors import TrainingDataError
from ml_models.recipe import EncoderRecipe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_models.data.corpora import Clip
    from ml_models.recipe import LabelSetName, Recipe


def fitted_to(recipe: Recipe, clips: Sequence[Clip], asked: Sequence[LabelSetName]) -> tuple[Recipe, list[str]]:
    """Fit a recipe to the corpora of some clips.

    A corpus that the recipe says nothing of gives as many clips to an epoch as it has, and a label set with emotions
    that these corpora lack is left out, unless it was asked for.

    Args:
        recipe: under the names of the new corpora.
        clips: theirs.
        asked: label sets that were asked for; none: the recipe's, as far as there are clips for them.

    Returns:
        The recipe, and what a reader of the scores must know.

    Raises:
        TrainingDataError: no label set of the recipe is left.
    """
    learner = recipe.learner
    if isinstance(learner, EncoderRecipe):
        sizes = Counter(clip.corpus for clip in clips)
        quotas = {corpus: learner.clips_per_epoch.get(corpus, sizes[corpus]) for corpus in recipe.corpora}
        learner = replace(learner, clips_per_epoch=quotas)
    kept = tuple(name for name in recipe.label_sets if asked or _trainable(clips, name))
    if not kept:
        require_labels(clips, LABEL_SETS[recipe.label_sets[0]])
    left_out = [name for name in recipe.label_sets if name not in kept]
    notes = [f"without {name} emotions, of which these corpora lack some" for name in left_out]
    return replace(recipe, learner=learner, label_sets=kept), notes


def _trainable(clips: Sequence[Clip], name: LabelSetName) -> bool:
    try:
        require_labels(clips, LABEL_SETS[name])
    except TrainingDataError:
        return False
    return True
