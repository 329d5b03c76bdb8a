"""The flagship's way: a frozen HuBERT gives the embedding, only the head behind it learns."""

from __future__ import annotations

import os
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ml_models.embedding.layers import HubertLayersSource, pooled_layer
from ml_models.embedding.run import EmbedOptions, embed_clips
from ml_models.embedding.sounds import embed_sounds
from ml_models.embedding.step import loaded
from ml_models.errors import TrainingDataError
from ml_models.learners.embedding import EmbeddingClassifier, head_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.learners.learner import Floats, Samples
    from ml_models.recipe import FrozenRecipe, HeadRecipe


class FrozenLearner:
    """Embeds all clips once, every layer of them; each split learns a head of its own."""

    def __init__(
        self,
        clips: Sequence[Clip],
        recipe: FrozenRecipe,
        head: HeadRecipe,
        *,
        seed: int,
        work: Path,
        workers: int = 1,
    ) -> None:
        """Embed the clips, or read what an earlier run left.

        Args:
            clips: the data set.
            recipe: which HuBERT, layer and pooling.
            head: settings of the head.
            seed: of the head.
            work: folder of the embeddings.
            workers: processes that embed.

        Raises:
            ModelError: the weights cannot be had.
            TrainingDataError: the HuBERT has no such layer.
        """
        self._clips = clips
        self._recipe = recipe
        self._head = head
        self._seed = seed
        self._source = HubertLayersSource(recipe.source, recipe.revision)
        everything = _all_layers(tuple(clips), self._source, work, workers)
        self._width = self._source.width()
        self._embeddings = self._pooled(everything)

    def fit(self, train: Sequence[int], label_set: LabelSet, *, title: str) -> EmbeddingClassifier:
        """See `Learner.fit`."""
        head = head_on(self._embeddings, self._clips, train, label_set, self._head, seed=self._seed)
        return EmbeddingClassifier(
            head,
            len(label_set.labels),
            embed=self._embed,
            embed_clips=lambda chosen: self._embeddings[list(chosen)],
            write_graph=_no_graph,
        )

    def _embed(self, sounds: Sequence[Samples]) -> Floats:
        return self._pooled(embed_sounds(loaded(self._source), sounds))

    def _pooled(self, everything: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        try:
            return pooled_layer(everything, self._width, self._recipe.layer, self._recipe.pooling)
        except IndexError as error:
            raise TrainingDataError(f"{self._recipe.source} has no layer {self._recipe.layer}.") from error


# A sweep makes many learners over the same clips; they share what was read.
@lru_cache(maxsize=1)
def _all_layers(
    clips: tuple[Clip, ...], source: HubertLayersSource, work: Path, workers: int
) -> npt.NDArray[np.float32]:
    root = Path(os.path.commonpath([clip.path.parent for clip in clips]))
    name = sha256(repr((source, sorted(str(clip.path) for clip in clips))).encode()).hexdigest()[:16]
    work.mkdir(parents=True, exist_ok=True)
    return embed_clips(clips, root, source, work / f"{name}.npz", EmbedOptions(workers=workers)).embeddings


def _no_graph(path: Path) -> float:
    raise TrainingDataError(f"A frozen HuBERT is served as itself, not as the graph {path.name}.")
