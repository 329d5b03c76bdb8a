"""The network: encoder, contextual attention over neighbouring sentences, linguistic features, three heads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from emotion_clf.text.features import FEATURE_NAMES
from emotion_clf.text.taxonomy import EMOTIONS, INTENSITIES, SUB_EMOTION_LABELS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from ml_models.text.recipe import HeadsRecipe

_OFF = -1e4


class SentenceEncoder(nn.Module):
    """Tokens → one vector: the mean of the last layer beside a learnt weighted mean of it."""

    def __init__(self, encoder: nn.Module, hidden: int) -> None:
        super().__init__()
        self.encoder = encoder
        self.weigh = nn.Linear(hidden, 1)
        self.dim = 2 * hidden

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """(batch, tokens) twice → (batch, dim)."""
        states = self.encoder(input_ids, attention_mask=attention_mask)[0].float()
        there = attention_mask[..., None].float()
        mean = (states * there).sum(1) / there.sum(1)
        weights = self.weigh(states).masked_fill(there == 0, _OFF).softmax(1)
        return torch.cat([mean, (states * weights).sum(1)], dim=1)


class ContextAttention(nn.Module):
    """What the sentences around say, as far as it matters to this one; it may look at none of them."""

    def __init__(self, dim: int, width: int, context: int) -> None:
        super().__init__()
        self.query = nn.Linear(dim, width)
        self.key = nn.Linear(dim, width)
        self.value = nn.Linear(dim, width)
        self.place = nn.Parameter(torch.zeros(2 * context, width))
        self.scale = width**-0.5

    def forward(self, vectors: Tensor, neighbours: Tensor, mask: Tensor) -> Tensor:
        """Vectors (n, dim), neighbours (n, places, dim) and which of them are there (n, places) → (n, width)."""
        keys = self.key(neighbours) + self.place
        scores = (self.query(vectors)[:, None] * keys).sum(2) * self.scale
        scores = scores.masked_fill(mask == 0, _OFF)
        # A place that says nothing, always there: a sentence without neighbours gets exactly zero.
        nothing = torch.zeros_like(scores[:, :1])
        weights = torch.cat([nothing, scores], dim=1).softmax(1)[:, 1:]
        said: Tensor = (weights[..., None] * self.value(neighbours) * mask[..., None]).sum(1)
        return said


class EmotionHeads(nn.Module):
    """Vectors, their neighbours and 42 features → scores of emotions, sub-emotions and, where trained, intensities."""

    feature_mean: Tensor
    feature_scale: Tensor

    def __init__(
        self,
        dim: int,
        recipe: HeadsRecipe,
        feature_mean: npt.NDArray[np.float32],
        feature_scale: npt.NDArray[np.float32],
    ) -> None:
        """Prepare untrained heads.

        Args:
            dim: length of a vector.
            recipe: widths, and which heads.
            feature_mean: (42,) what is taken from each feature.
            feature_scale: (42,) what it is then divided by.
        """
        super().__init__()
        self.context = ContextAttention(dim, recipe.attention_dim, recipe.context) if recipe.context else None
        self.register_buffer("feature_mean", torch.from_numpy(feature_mean))
        self.register_buffer("feature_scale", torch.from_numpy(feature_scale))
        self.features = nn.Sequential(nn.Linear(len(FEATURE_NAMES), recipe.feature_dim), nn.GELU())
        joined = dim + recipe.feature_dim + (recipe.attention_dim if recipe.context else 0)
        self.drop = nn.Dropout(recipe.dropout)
        self.emotion = nn.Linear(joined, len(EMOTIONS))
        self.sub_emotion = nn.Linear(joined, len(SUB_EMOTION_LABELS))
        self.intensity = nn.Linear(joined, len(INTENSITIES)) if recipe.intensity == "head" else None

    def forward(
        self, vectors: Tensor, features: Tensor, neighbours: Tensor | None = None, mask: Tensor | None = None
    ) -> tuple[Tensor, ...]:
        """Give logits (n, 7), (n, 28) and, with an intensity head, (n, 3)."""
        standard = ((features - self.feature_mean) / self.feature_scale).clamp(-5.0, 5.0)
        parts = [vectors, self.features(standard)]
        if self.context is not None and neighbours is not None and mask is not None:
            parts.append(self.context(vectors, neighbours, mask))
        joined = self.drop(torch.cat(parts, dim=1))
        logits = (self.emotion(joined), self.sub_emotion(joined))
        return logits if self.intensity is None else (*logits, self.intensity(joined))


class TextNetwork(nn.Module):
    """Encoder and heads."""

    def __init__(self, sentence_encoder: SentenceEncoder, heads: EmotionHeads) -> None:
        super().__init__()
        self.sentences = sentence_encoder
        self.heads = heads
