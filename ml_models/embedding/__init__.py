"""Any embedder over a corpus: resumable, on any number of processes or machines, the same bytes each time."""

from ml_models.embedding.result import Embeddings, read_embeddings
from ml_models.embedding.run import EmbedOptions, embed_clips
from ml_models.embedding.sounds import embed_sounds
from ml_models.embedding.source import EmbedderSource, HubertSource, OnnxSource, source_of_bundle

__all__ = [
    "EmbedOptions",
    "EmbedderSource",
    "Embeddings",
    "HubertSource",
    "OnnxSource",
    "embed_clips",
    "embed_sounds",
    "read_embeddings",
    "source_of_bundle",
]
