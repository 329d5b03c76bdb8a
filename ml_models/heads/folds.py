"""Folds inside a set of training clips: nobody is heard on both sides of any of them."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.integer]

FEWEST_FOLDS = 2


def fold_of_each(labels: Ints, speakers: Sequence[str], *, folds: int, seed: int) -> Ints:
    """Deal the speakers out to folds, so that the labels are spread over the folds as evenly as the speakers allow.

    Args:
        labels: (clips,) what is spread evenly.
        speakers: (clips,) who speaks.
        folds: how many; at least two.
        seed: of the order in which speakers are dealt out.

    Returns:
        (clips,) the fold in which each clip is tested, from 0; no fold is empty.

    Raises:
        TrainingDataError: fewer than two folds, or fewer speakers or clips of every label than folds.
    """
    everybody = len(set(speakers))
    if not FEWEST_FOLDS <= folds <= everybody:
        raise TrainingDataError(
            f"The clips to learn from have {everybody} speaker(s), which cannot be dealt out to {folds} fold(s). "
            "Ask for two or more folds, and for no more than there are speakers."
        )
    if folds == everybody:
        return np.unique(speakers, return_inverse=True)[1]
    if np.unique(labels, return_counts=True)[1].max() < folds:
        raise TrainingDataError(f"No emotion has as many as {folds} clips. Add clips, or ask for fewer folds.")
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=seed)
    fold = np.empty(len(labels), dtype=np.int64)
    with warnings.catch_warnings():
        # A fold may lack an emotion: which ones matter is for the caller to say.
        warnings.filterwarnings("ignore", "The least populated class in y")
        for number, (_, test) in enumerate(splitter.split(labels, labels, groups=np.asarray(speakers))):
            fold[test] = number
    return fold
