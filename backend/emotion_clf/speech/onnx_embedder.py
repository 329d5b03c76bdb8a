"""An encoder of ours, served by ONNX Runtime so that a request imports neither torch nor librosa."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_clf.errors import ModelError
from emotion_clf.speech.embedder import finite

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from emotion_clf.audio import Waveform


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
