"""Where an embedder comes from: a small value that any process can load it from, and that says which one it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from emotion_clf.speech.bundle import graph_of
from emotion_clf.speech.manifest import HubertEmbedderSpec, Manifest, OnnxEmbedderSpec

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings
    from emotion_clf.speech.embedder import Embedder
    from ml_models.recipe import Pooling

# One thread each, whatever the number of workers: sums of other orders would have other last bits.
THREADS = 1


class EmbedderSource(Protocol):
    """A hashable, picklable value that names an embedder."""

    def __hash__(self) -> int: ...

    def identity(self) -> dict[str, Any]:
        """Give JSON values that differ where embeddings may differ.

        Raises:
            ModelError: its files are missing or changed.
        """

    def load(self) -> Embedder:
        """Load it, to compute on one thread.

        Raises:
            ModelError: it cannot be used.
        """


@dataclass(frozen=True)
class OnnxSource:
    """The ONNX graph of a bundle, run clip by clip as the product runs it.

    Batches gain nothing there, and where activations are quantised on the fly a clip's embedding would depend on the
    others of its batch.

    Attributes:
        folder: the bundle.
        spec: its embedder, as its manifest says it.
    """

    folder: Path
    spec: OnnxEmbedderSpec

    def identity(self) -> dict[str, Any]:
        """See `EmbedderSource.identity`; the fingerprint of the graph, whatever head stands behind it."""
        _, sha256 = self._checked()
        return {"kind": "onnx", "sha256": sha256, "dim": self.spec.dim}

    def load(self) -> Embedder:
        """See `EmbedderSource.load`."""
        from emotion_clf.bundles import Graphs
        from emotion_clf.speech.onnx_embedder import OnnxEmbedder

        return OnnxEmbedder(Graphs(THREADS).get(*self._checked()), self.spec.dim)

    def _checked(self) -> tuple[Path, str]:
        """The graph and its fingerprint, which has been compared."""
        return graph_of(self.folder, self.spec, Manifest.read(self.folder))


@dataclass(frozen=True)
class HubertSource:
    """A frozen HuBERT, one of its layers, pooled over time.

    Attributes:
        source: hub name or folder.
        revision: commit, branch or tag on the hub.
        layer: index into the hidden states, -1 for the last one.
        pooling: how frames become one vector; mean_std doubles its length.
        offline: never ask the hub.
    """

    source: str
    revision: str | None = None
    layer: int = -1
    pooling: Pooling = "mean"
    offline: bool = False

    def identity(self) -> dict[str, Any]:
        """See `EmbedderSource.identity`; the fingerprints of weights and configuration, wherever they lie."""
        from ml_models.embedding.hubert import checkpoint_hashes

        return {
            "kind": "hubert",
            "files": checkpoint_hashes(self._folder()),
            "layer": self.layer,
            "pooling": self.pooling,
        }

    def load(self) -> Embedder:
        """See `EmbedderSource.load`."""
        from ml_models.embedding.hubert import HubertBatches, hidden_size

        folder = self._folder()
        dim = hidden_size(folder) * (2 if self.pooling == "mean_std" else 1)
        spec = HubertEmbedderSpec(source=str(folder), layer=self.layer, pooling=self.pooling, dim=dim)
        return HubertBatches(spec, threads=THREADS, offline=self.offline)

    def _folder(self) -> Path:
        from ml_models.embedding.hubert import checkpoint_folder

        return checkpoint_folder(self.source, self.revision, offline=self.offline)


def source_of_bundle(folder: Path, settings: Settings) -> EmbedderSource:
    """Name the embedder of an installed bundle.

    Args:
        folder: the bundle.
        settings: may put another HuBERT in place of the bundle's.

    Raises:
        ModelError: its manifest cannot be read.
    """
    spec = Manifest.read(folder).embedder
    if not isinstance(spec, HubertEmbedderSpec):
        return OnnxSource(folder, spec)
    hubert = HubertSource(spec.source, spec.revision, spec.layer, spec.pooling, settings.hub_offline)
    if settings.hubert_model is not None:
        hubert = replace(hubert, source=settings.hubert_model, revision=None)
    return replace(hubert, revision=settings.hubert_revision or hubert.revision)
