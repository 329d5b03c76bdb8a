"""Training texts → batches of tokens, neighbours and features, drawn anew for each pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from ml_models.text.augment import as_spoken, taken_apart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenizers import Tokenizer
    from torch import Tensor

    from emotion_clf.text.features import FeatureExtractor
    from ml_models.text.examples import Examples
    from ml_models.text.recipe import FittingRecipe

_POOL_BATCHES: Final = 50  # texts of like length share a batch, within pools of so many


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """One step's worth.

    Attributes:
        texts: ids and mask (judged, tokens) of the texts to judge.
        beside: ids and mask of their neighbours, padded on their own; None where there is none in this batch.
        features: (judged, 42).
        neighbours: (judged, places) row of each neighbour when `beside` follows `texts`; 0 where there is none.
        mask: (judged, places) 1 where there is one.
        rows: (judged,) which examples they are.
    """

    texts: tuple[Tensor, Tensor]
    beside: tuple[Tensor, Tensor] | None
    features: Tensor
    neighbours: Tensor
    mask: Tensor
    rows: Tensor


@dataclass(frozen=True, slots=True)
class _Drawn:
    text: str
    before: str | None = None
    after: str | None = None


class Lesson:
    """The training examples, and how each pass disturbs them."""

    def __init__(
        self,
        examples: Examples,
        tokenizer: Tokenizer,
        extractor: FeatureExtractor,
        recipe: FittingRecipe,
        *,
        context: int,
        seed: int,
    ) -> None:
        self.examples = examples
        self._tokenizer = tokenizer
        self._extractor = extractor
        self._recipe = recipe
        self._context = context
        self._generator = np.random.default_rng(seed)
        self._clean_features = extractor.transform(examples.texts)

    @property
    def clean_features(self) -> np.ndarray:
        """(n, 42) features of the undisturbed texts."""
        return self._clean_features

    @property
    def steps(self) -> int:
        """Steps of one pass."""
        return -(-len(self.examples.texts) // self._recipe.batch_size)

    def batches(self) -> Iterator[Batch]:
        """One pass over all examples."""
        drawn = [self._draw(text) for text in self.examples.texts]
        features = self._features(drawn)
        ids = self._ids([one.text for one in drawn])
        for rows in self._grouped([len(one) for one in ids]):
            yield self._batch(rows, drawn, ids, features)

    def _draw(self, text: str) -> _Drawn:
        recipe, generator = self._recipe, self._generator
        before = after = None
        if self._context:
            if generator.random() < recipe.context_share:
                text, before, after = taken_apart(text, generator)
            if before is None and after is None and generator.random() < recipe.foreign_share:
                before = self.examples.texts[generator.integers(len(self.examples.texts))]
        if generator.random() < recipe.spoken_share:
            text = as_spoken(text, generator)
            before, after = (part and as_spoken(part, generator) for part in (before, after))
        return _Drawn(text, before, after)

    def _features(self, drawn: Sequence[_Drawn]) -> np.ndarray:
        """Features of what was drawn; only what differs from the clean text is computed."""
        features = self._clean_features.copy()
        changed = [row for row, one in enumerate(drawn) if one.text != self.examples.texts[row]]
        if changed:
            features[changed] = self._extractor.transform([drawn[row].text for row in changed])
        return features

    def _ids(self, texts: Sequence[str]) -> list[list[int]]:
        self._tokenizer.enable_truncation(self._recipe.max_tokens)
        encoded = [one.ids for one in self._tokenizer.encode_batch(list(texts))]
        self._tokenizer.no_truncation()
        return encoded

    def _grouped(self, lengths: Sequence[int]) -> list[np.ndarray]:
        """Rows of each batch: like lengths together, in random order."""
        size = self._recipe.batch_size
        order = self._generator.permutation(len(lengths))
        groups = []
        for start in range(0, len(order), size * _POOL_BATCHES):
            pool = order[start : start + size * _POOL_BATCHES]
            pool = pool[np.argsort([lengths[row] for row in pool], kind="stable")]
            groups += [pool[at : at + size] for at in range(0, len(pool), size)]
        return [groups[number] for number in self._generator.permutation(len(groups))]

    def _batch(
        self, rows: np.ndarray, drawn: Sequence[_Drawn], ids: Sequence[list[int]], features: np.ndarray
    ) -> Batch:
        """Put neighbours behind the judged texts; the one before takes the nearest place before, and so on."""
        beside: list[str] = []
        places = np.zeros((len(rows), 2 * self._context), dtype=np.int64)
        mask = np.zeros(places.shape, dtype=np.float32)
        for at, row in enumerate(rows):
            for text, place in ((drawn[row].before, self._context - 1), (drawn[row].after, self._context)):
                if text is not None:
                    places[at, place] = len(rows) + len(beside)
                    mask[at, place] = 1.0
                    beside.append(text)
        return Batch(
            padded([ids[row] for row in rows]),
            padded(self._ids(beside)) if beside else None,
            torch.from_numpy(features[rows]),
            torch.from_numpy(places),
            torch.from_numpy(mask),
            torch.from_numpy(rows),
        )


def padded(tokens: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Ids and mask (texts, longest), padded with 0."""
    longest = max(map(len, tokens))
    input_ids = torch.zeros(len(tokens), longest, dtype=torch.int64)
    attention_mask = torch.zeros(len(tokens), longest, dtype=torch.int64)
    for row, ids in enumerate(tokens):
        input_ids[row, : len(ids)] = torch.tensor(ids)
        attention_mask[row, : len(ids)] = 1
    return input_ids, attention_mask
