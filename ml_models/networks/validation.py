"""Who is kept for early stopping: some of the training speakers, heard by nobody who learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_models.data.corpora import Clip


def part_speakers(
    clips: Sequence[Clip], train: Sequence[int], share: float, *, seed: int
) -> tuple[list[int], list[int]]:
    """Part the training clips by speaker.

    Every corpus and sex gives about the same share of its speakers; who it is, the seed decides.

    Args:
        clips: the whole data set.
        train: positions of the training clips.
        share: of the speakers to keep for validation; at least one is kept, and at least one learns.
        seed: of the draw.

    Returns:
        Positions of the clips to learn from and of the clips to validate on.

    Raises:
        TrainingDataError: no more than one speaker.
    """
    order = _in_turn(clips, train, seed)
    if len(order) == 1:
        raise TrainingDataError("Early stopping needs clips of at least two training speakers; add another speaker.")
    kept = set(order[: min(max(1, round(share * len(order))), len(order) - 1)])
    learn = [index for index in train if clips[index].speaker not in kept]
    validate = [index for index in train if clips[index].speaker in kept]
    return learn, validate


def _in_turn(clips: Sequence[Clip], train: Sequence[int], seed: int) -> list[str]:
    """Order the speakers so that any first few of them are spread over the groups in proportion to their size."""
    groups: dict[tuple[str, str], set[str]] = {}
    for index in train:
        groups.setdefault((clips[index].corpus, clips[index].sex), set()).add(clips[index].speaker)
    rng = np.random.default_rng(seed)
    places = []
    for group in sorted(groups):
        shuffled = rng.permutation(sorted(groups[group])).tolist()
        places += [((place + 0.5) / len(shuffled), speaker) for place, speaker in enumerate(shuffled)]
    return list(dict.fromkeys(speaker for _, speaker in sorted(places, key=lambda item: item[0])))
