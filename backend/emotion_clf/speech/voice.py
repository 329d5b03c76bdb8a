"""A known voice: statistics of its clips' embeddings, and the normalisation that follows from them.

The training side normalises in the same way when it measures what adaptation is worth; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Voice:
    """Running statistics of one voice's embeddings, in float64.

    Attributes:
        count: how many clips.
        mean: (dim,) of their embeddings; (0,) for a voice of no clips.
        sum_of_squared_deviations: (dim,) of the embeddings from their mean; (0,) for a voice of no clips.
    """

    count: int
    mean: Vector
    sum_of_squared_deviations: Vector

    @classmethod
    def of(cls, embeddings: Sequence[npt.NDArray[np.floating]]) -> Voice:
        """The voice that these clips are of.

        Args:
            embeddings: one of shape (dim,) for each clip; none for a voice nothing is known of.
        """
        if not len(embeddings):
            return cls(0, np.zeros(0), np.zeros(0))
        stacked = np.asarray(embeddings, dtype=np.float64)
        mean = stacked.mean(axis=0)
        return cls(len(stacked), mean, np.square(stacked - mean).sum(axis=0))

    def with_(self, embedding: npt.NDArray[np.floating]) -> Voice:
        """The same voice with one more clip, of an embedding of shape (dim,).

        Welford's update: it never subtracts two large sums.
        """
        if not self.count:
            return Voice.of([embedding])
        count = self.count + 1
        deviation = np.asarray(embedding, dtype=np.float64) - self.mean
        mean = self.mean + deviation / count
        squares = self.sum_of_squared_deviations + deviation * (embedding - mean)
        return Voice(count, mean, squares)

    def scaled(self, share: float) -> Voice:
        """The same voice known as well as by a share of its clips, since clips that overlap tell less than they count.

        Args:
            share: in (0, 1].
        """
        count = max(round(self.count * share), min(self.count, 1))
        return Voice(count, self.mean, self.sum_of_squared_deviations * (count / max(self.count, 1)))

    def normalise(self, embedding: npt.NDArray[np.floating], mean: Vector, scale: Vector, prior_clips: float) -> Vector:
        """An embedding, freed from what this voice always sounds like.

        The voice's own mean and variance are drawn towards everybody's, so that few clips change little: everybody's
        statistics count as `prior_clips` clips.

        Args:
            embedding: (dim,), of a clip that is among this voice's, or (clips, dim).
            mean: (dim,) of everybody.
            scale: (dim,) deviation of everybody, positive.
            prior_clips: weight of everybody's statistics, in clips; positive.

        Returns:
            The same shape, with mean zero and deviation one over the voice, as far as it is known.
        """
        if not self.count:
            unknown: Vector = (embedding - mean) / scale
            return unknown
        weight = prior_clips + self.count
        shrunk_mean = (prior_clips * mean + self.count * self.mean) / weight
        variance = (prior_clips * np.square(scale) + self.sum_of_squared_deviations) / weight
        known: Vector = (embedding - shrunk_mean) / np.sqrt(variance)
        return known
