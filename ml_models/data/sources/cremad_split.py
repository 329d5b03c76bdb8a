"""CREMA-D's usual speaker-independent split, the one of TensorFlow Datasets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_models.data.corpora import Clip

SEED = 0
TRAIN_UP_TO, VALIDATION_UP_TO = 0.7, 0.8


@dataclass(frozen=True)
class ThreeWaySplit:
    """Clips in three parts that share no speaker."""

    train: tuple[Clip, ...]
    validation: tuple[Clip, ...]
    test: tuple[Clip, ...]


def standard_split(clips: Sequence[Clip]) -> ThreeWaySplit:
    """Part the clips 70/10/20 by actor: actors sorted, then shuffled by numpy's `RandomState(0)`.

    Published results can be compared only on all 91 actors; a copy that lacks some is parted otherwise.
    """
    actors = sorted({clip.speaker for clip in clips})
    np.random.RandomState(SEED).shuffle(actors)
    first, second = int(TRAIN_UP_TO * len(actors)), int(VALIDATION_UP_TO * len(actors))
    train, validation = set(actors[:first]), set(actors[first:second])
    return ThreeWaySplit(
        train=tuple(clip for clip in clips if clip.speaker in train),
        validation=tuple(clip for clip in clips if clip.speaker in validation),
        test=tuple(clip for clip in clips if clip.speaker not in train | validation),
    )
