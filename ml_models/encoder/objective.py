"""What an encoder is trained to do: tell each corpus's emotions apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ml_models.data.corpora import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip
    from ml_models.recipe import EncoderRecipe

IMPOSSIBLE = -1e4


@dataclass(frozen=True)
class Targets:
    """What each clip of a data set teaches.

    Attributes:
        corpus: (clips,) position in `corpora`.
        emotion: (clips,) position in EMOTIONS.
        allowed: (corpora, emotions) which emotions a corpus contains.
        corpora: names, sorted.
    """

    corpus: npt.NDArray[np.int64]
    emotion: npt.NDArray[np.int64]
    allowed: npt.NDArray[np.bool_]
    corpora: tuple[str, ...]


def targets_of(clips: Sequence[Clip]) -> Targets:
    """Turn clips into class indices, and note which emotions each corpus has."""
    corpora = tuple(sorted({clip.corpus for clip in clips}))
    corpus = np.array([corpora.index(clip.corpus) for clip in clips])
    emotion = np.array([EMOTIONS.index(clip.emotion) for clip in clips])
    allowed = np.zeros((len(corpora), len(EMOTIONS)), dtype=bool)
    allowed[corpus, emotion] = True
    return Targets(corpus, emotion, allowed, corpora)


class CorpusHeads(nn.Module):
    """One linear classifier for each corpus, over the emotions this corpus contains.

    Corpora differ in how their actors were told to act; the embedding is what they share.
    """

    penalty: Tensor

    def __init__(self, dim: int, allowed: npt.NDArray[np.bool_], dropout: float) -> None:
        super().__init__()
        corpora, emotions = allowed.shape
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(dim, corpora * emotions)
        self.register_buffer("penalty", torch.where(torch.from_numpy(allowed), 0.0, IMPOSSIBLE))

    def forward(self, embedding: Tensor, corpus: Tensor) -> Tensor:
        """Give log-probabilities (batch, emotions) under each clip's own corpus."""
        scores: Tensor = self.linear(self.dropout(embedding.relu())).unflatten(1, self.penalty.shape)
        return torch.log_softmax(scores[torch.arange(len(corpus)), corpus] + self.penalty[corpus], dim=1)

    def loss(self, embedding: Tensor, corpus: Tensor, emotion: Tensor, smoothing: float) -> Tensor:
        """Cross-entropy, its targets smoothed over the emotions of the clip's own corpus."""
        log_probabilities: Tensor = self(embedding, corpus)
        possible = (self.penalty[corpus] == 0).float()
        spread = -(log_probabilities * possible).sum(dim=1) / possible.sum(dim=1)
        return (1 - smoothing) * nn.functional.nll_loss(log_probabilities, emotion) + smoothing * spread.mean()


@dataclass(frozen=True)
class Mixture:
    """How the clips of a batch are mixed in pairs, features and targets alike.

    Attributes:
        partner: (batch,) which clip each clip is mixed with.
        share: weight of the clip itself, the partner has the rest.
    """

    partner: Tensor
    share: float

    @classmethod
    def draw(cls, batch_size: int, recipe: EncoderRecipe, rng: np.random.Generator) -> Mixture:
        """Draw pairs and a share; in some of the steps nothing is mixed."""
        if rng.random() >= recipe.mixup_share:
            return cls(torch.arange(batch_size), 1.0)
        drawn = rng.beta(recipe.mixup_alpha, recipe.mixup_alpha)
        return cls(torch.from_numpy(rng.permutation(batch_size)), float(max(drawn, 1 - drawn)))

    def features(self, features: Tensor) -> Tensor:
        """Mix (batch, …) features."""
        return features if self.share == 1.0 else self.share * features + (1 - self.share) * features[self.partner]

    def loss(self, heads: CorpusHeads, embedding: Tensor, corpus: Tensor, emotion: Tensor, smoothing: float) -> Tensor:
        """Weigh the losses of both clips of each pair."""
        other = heads.loss(embedding, corpus[self.partner], emotion[self.partner], smoothing)
        own = heads.loss(embedding, corpus, emotion, smoothing)
        return self.share * own + (1 - self.share) * other
