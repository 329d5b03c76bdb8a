"""The step that is handed out: one chunk of waveforms → its embeddings, the same on every backend."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from ml_models.embedding.sounds import embed_batch, is_out_of_memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from emotion_clf.speech.embedder import Embedder
    from ml_models.embedding.source import EmbedderSource


@dataclass(frozen=True, eq=False)
class ChunkResult:
    """What became of a chunk.

    Attributes:
        chunk: its number.
        embeddings: (clips, dim) in the order of its batches; none where memory ran out.
        out_of_memory_at: the batch for which memory ran out, by its number in the chunk.
    """

    chunk: int
    embeddings: npt.NDArray[np.float32] | None
    out_of_memory_at: int = 0


@lru_cache(maxsize=1)
def loaded(source: EmbedderSource) -> Embedder:
    """Load an embedder, once in each process.

    Raises:
        ModelError: it cannot be used.
    """
    return source.load()


def embed_chunk(chunk: int, source: EmbedderSource, batches: Sequence[npt.NDArray[np.float32]]) -> ChunkResult:
    """Embed the batches of one chunk.

    Args:
        chunk: its number, given back with the result.
        source: of the embedder; the worker needs the model, not the corpus.
        batches: float32 waveforms (clips, samples) of one length each.

    Raises:
        ModelError: the embedder cannot be loaded.
    """
    embedder = loaded(source)
    rows = []
    for number, batch in enumerate(batches):
        try:
            rows.append(embed_batch(embedder, batch))
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            return ChunkResult(chunk, None, number)
    return ChunkResult(chunk, np.concatenate(rows))
