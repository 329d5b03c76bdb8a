"""Adaptation to a speaker: what is left of an embedding when the voice's own habit is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

SMALLEST_DEVIATION = 1e-6


def adapt_to_speakers(embeddings: npt.NDArray[np.floating], speakers: Sequence[str]) -> npt.NDArray[np.floating]:
    """Normalise each speaker's embeddings by this speaker's own mean and deviation; no label is needed.

    Args:
        embeddings: (clips, dim).
        speakers: (clips,) who speaks.
    """
    owners = np.asarray(speakers)
    adapted = np.empty_like(embeddings)
    for speaker in np.unique(owners):
        mine = owners == speaker
        mean, deviation = embeddings[mine].mean(axis=0), embeddings[mine].std(axis=0)
        adapted[mine] = (embeddings[mine] - mean) / np.maximum(deviation, SMALLEST_DEVIATION)
    return adapted
