"""The embedded model's way: train an encoder from scratch on all corpora, then a head on its embeddings."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import numpy as np
import torch

from ml_models.encoder.features import prepare_features
from ml_models.encoder.network import Embedder, Encoder, Ensemble, NetworkShape
from ml_models.encoder.train import embed_all, train_encoder
from ml_models.errors import TrainingDataError
from ml_models.graph import export_graph
from ml_models.learners.embedding import EmbeddingClassifier, head_on

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.sounds import Sounds
    from ml_models.learners.learner import Samples
    from ml_models.recipe import EncoderRecipe, HeadRecipe

    Floats = npt.NDArray[np.floating]


class EncoderLearner:
    """Trains one encoder for each set of training clips and keeps it on disk for every label set."""

    def __init__(
        self,
        clips: Sequence[Clip],
        sounds: Sounds,
        recipe: EncoderRecipe,
        head: HeadRecipe,
        *,
        seed: int,
        work: Path,
        workers: int = 1,
    ) -> None:
        """Prepare the features, or read them where they are at hand.

        Args:
            clips: the data set.
            sounds: its waveforms.
            recipe: sizes and schedule.
            head: settings of the head.
            seed: of everything that draws.
            work: folder of encoders and embeddings; what is there already is not made again.
            workers: processes that compute features.
        """
        silent = {clip.corpus for clip in clips} - recipe.clips_per_epoch.keys()
        if silent:
            raise TrainingDataError(f"The recipe's clips_per_epoch lacks {', '.join(sorted(silent))}.")
        self._clips = clips
        self._recipe = recipe
        self._head = head
        self._seed = seed
        self._work = work
        self._store = prepare_features(clips, sounds, copies=recipe.augmented_copies, seed=seed, workers=workers)

    def fit(self, train: Sequence[int], label_set: LabelSet, *, title: str) -> EmbeddingClassifier:
        """See `Learner.fit`."""
        torch.set_num_threads(1)
        encoder = self._encoder(train, title)
        embeddings = self._embeddings(encoder, train)
        head = head_on(embeddings, self._clips, train, label_set, self._head, seed=self._seed)
        embedder = Embedder(encoder).eval()
        # Training lays weights out otherwise; torch's type stubs do not know this keyword.
        embedder.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        return EmbeddingClassifier(
            head,
            len(label_set.labels),
            embed=partial(embed_sounds, embedder),
            embed_clips=lambda clips: embeddings[list(clips)],
            write_graph=partial(export_graph, embedder),
        )

    def _encoder(self, train: Sequence[int], title: str) -> Ensemble:
        members = [self._member(train, member, title) for member in range(self._recipe.members)]
        return Ensemble(members).eval()

    def _member(self, train: Sequence[int], member: int, title: str) -> Encoder:
        """Train one encoder, or read it where this very training has been done before."""
        # How many members there are does not change any one of them.
        heard = [str(self._clips[index].path) for index in train]
        name = _digest(replace(self._recipe, members=1), self._seed, member, heard)
        path = self._work / "encoders" / f"{name}.pt"
        if path.is_file():
            shape = NetworkShape(self._recipe.channels, self._recipe.embedding_dim, self._recipe.dropout)
            encoder = Encoder(shape)
            encoder.load_state_dict(torch.load(path, weights_only=True))
            return encoder.eval()
        # Where a corpus is left out to be tested, no clips are drawn of it.
        present = {self._clips[index].corpus for index in train}
        quotas = {corpus: count for corpus, count in self._recipe.clips_per_epoch.items() if corpus in present}
        encoder = train_encoder(
            self._clips,
            self._store,
            train,
            replace(self._recipe, clips_per_epoch=quotas),
            seed=self._seed + member,
            title=f"{title}, member {member + 1}",
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        torch.save(encoder.state_dict(), path)
        return encoder

    def _embeddings(self, encoder: Ensemble, train: Sequence[int]) -> npt.NDArray[np.float32]:
        """Embed all clips, or read what this very encoder gave before."""
        everything = [str(clip.path) for clip in self._clips]
        name = _digest(self._recipe, self._seed, everything, list(train))
        path = self._work / "embeddings" / f"{name}.npy"
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            np.save(path, embed_all(encoder, self._store, range(len(self._clips))))
        embeddings: npt.NDArray[np.float32] = np.load(path)
        return embeddings


def embed_sounds(embedder: Embedder, sounds: Sequence[Samples]) -> Floats:
    """Embed waveforms of any lengths, one by one."""
    with torch.inference_mode():
        return np.stack([embedder(torch.from_numpy(samples)[None])[0].numpy() for samples in sounds])


def _digest(*parts: object) -> str:
    return sha256(repr(parts).encode()).hexdigest()[:16]
