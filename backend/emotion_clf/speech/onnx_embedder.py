"""An encoder of ours, served by ONNX Runtime so that a request imports neither torch nor librosa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_clf.errors import ModelError
from emotion_clf.speech.embedder import finite

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.audio import Waveform


class Graphs:
    """Loaded ONNX graphs by fingerprint, so that bundles of the same graph share one."""

    def __init__(self, threads: int) -> None:
        """Prepare an empty set.

        Args:
            threads: processor threads of one inference.
        """
        self._threads = threads
        self._sessions: dict[str, Any] = {}

    def get(self, path: Path, sha256: str) -> Any:
        """The session of a graph, loading it if it is not loaded yet.

        Args:
            path: of a file whose fingerprint has been compared.
            sha256: that fingerprint.
        """
        if sha256 not in self._sessions:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = self._threads
            options.inter_op_num_threads = 1
            self._sessions[sha256] = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        return self._sessions[sha256]


class OnnxEmbedder:
    """One graph: waveform (batch, samples) → embedding (batch, dim)."""

    def __init__(self, session: Any, dim: int) -> None:
        """Check that a graph gives what its manifest promises.

        Args:
            session: the loaded graph.
            dim: length of the embedding.

        Raises:
            ModelError: the graph gives vectors of another length.
        """
        self._session = session
        self._dim = dim
        found = session.get_outputs()[0].shape[-1]
        if found != dim:
            raise ModelError(f"The model's graph gives {found} values where its manifest promises {dim}.")

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return self._dim

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """See `Embedder.embed`."""
        (embeddings,) = self._session.run(["embedding"], {"waveform": waveform.samples[None]})
        return finite(embeddings[0])
