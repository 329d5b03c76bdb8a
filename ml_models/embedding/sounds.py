"""Waveforms in memory → embeddings, in batches of equal length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from emotion_clf.audio import Waveform
from emotion_clf.speech.embedder import Embedder, UnusableEmbeddingError, finite
from ml_models.embedding.plan import equal_length_batches

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

DEFAULT_BATCH_SIZE = 8
# How allocators say it that raise no error of their own for it.
SHORTAGES = ("can't allocate memory", "not enough memory", "failed to allocate memory", "bad_alloc", "bad allocation")


@runtime_checkable
class BatchEmbedder(Embedder, Protocol):
    """An embedder that also takes several clips of one length at a time."""

    def embed_batch(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Embed float32 waveforms (clips, samples) as (clips, dim); a row that is not finite is not usable."""
        ...


def embed_sounds(
    embedder: Embedder, sounds: Sequence[Samples], *, batch_size: int = DEFAULT_BATCH_SIZE
) -> npt.NDArray[np.float32]:
    """Embed waveforms of any lengths.

    Args:
        embedder: a `BatchEmbedder` gets sounds of equal length together, any other one sound at a time.
        sounds: float32 waveforms (samples,) at 16 kHz.
        batch_size: the most sounds of a batch.

    Returns:
        Embeddings (sounds, dim), float32, in the order of the sounds.

    Raises:
        UnusableEmbeddingError: the embedder makes no sense of one of them.
    """
    embeddings = np.empty((len(sounds), embedder.dim), dtype=np.float32)
    for batch in equal_length_batches([len(sound) for sound in sounds], batch_size):
        embeddings[list(batch)] = embed_batch(embedder, np.stack([sounds[position] for position in batch]))
    return finite(embeddings)


def embed_batch(embedder: Embedder, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Embed waveforms of one length, (clips, samples) → (clips, dim); an unusable clip is a row that is not finite."""
    if isinstance(embedder, BatchEmbedder):
        return embedder.embed_batch(batch)
    return np.stack([_embed_one(embedder, samples) for samples in batch])


def is_out_of_memory(error: Exception) -> bool:
    """Whether an embedder failed for want of memory, of the machine or of its accelerator."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return any(shortage in str(error).lower() for shortage in SHORTAGES)


def _embed_one(embedder: Embedder, samples: Samples) -> npt.NDArray[np.float32]:
    try:
        return embedder.embed(Waveform(samples))
    except UnusableEmbeddingError:
        return np.full(embedder.dim, np.nan, dtype=np.float32)
