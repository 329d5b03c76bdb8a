"""A fitted model made of an embedder and a head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml_models.data.corpora import labels_of, require_trainable
from ml_models.heads.svm import fit_head

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.heads.svm import SpeechHead
    from ml_models.learners.learner import EpochRecord, Floats, Samples
    from ml_models.recipe import HeadRecipe

# Far below every score a classifier gives: a class that a fold could not learn is never its answer.
NEVER = -10.0


@dataclass(frozen=True)
class EmbeddingClassifier:
    """An embedder and the head that was fitted on its embeddings.

    Attributes:
        head: the classifier.
        labels: how many labels there are; the head may know fewer.
        embed: waveforms to (sounds, dim).
        embed_clips: positions of clips to (clips, dim), for which embeddings may be at hand.
        write_graph: exports the embedder, see `Fitted.export`.
        curves: none; an encoder is trained without validation speakers.
    """

    head: SpeechHead
    labels: int
    embed: Callable[[Sequence[Samples]], Floats]
    embed_clips: Callable[[Sequence[int]], Floats]
    write_graph: Callable[[Path], float]
    curves: Sequence[EpochRecord] = ()

    def scores(self, sounds: Sequence[Samples]) -> Floats:
        """See `Fitted.scores`."""
        return self.place(self.head.scores(self.embed(sounds)))

    def place(self, scores: Floats) -> Floats:
        """See `Embedding.place`."""
        placed = np.full((len(scores), self.labels), NEVER)
        placed[:, self.head.classes] = scores
        return placed

    def export(self, path: Path) -> float:
        """See `Fitted.export`."""
        return self.write_graph(path)


def head_on(
    embeddings: Floats,
    clips: Sequence[Clip],
    train: Sequence[int],
    label_set: LabelSet,
    recipe: HeadRecipe,
    *,
    seed: int,
) -> SpeechHead:
    """Fit a head on those training clips whose emotion the label set has.

    Args:
        embeddings: (all clips, dim).
        clips: all clips.
        train: positions of the training clips.
        label_set: what to tell apart.
        recipe: settings.
        seed: of the head.

    Raises:
        TrainingDataError: nothing to tell apart.
    """
    labels = labels_of(clips, label_set)
    used = [index for index in train if labels[index] >= 0]
    require_trainable(clips[index] for index in used)
    corpora, speakers = [clips[index].corpus for index in used], [clips[index].speaker for index in used]
    return fit_head(embeddings[used], labels[used], corpora, speakers, recipe, seed=seed)
