"""An encoder of ours, served by ONNX Runtime so that a request imports neither torch nor librosa."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.errors import ModelError
from emotion_clf.speech.embedder import finite

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.audio import Waveform


class OnnxEmbedder:
    """One graph: waveform (batch, samples) → embedding (batch, dim)."""

    def __init__(self, path: Path, dim: int, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._dim = dim
        found = self._session.get_outputs()[0].shape[-1]
        if found != dim:
            raise ModelError(f"{path.name} gives {found} values where its manifest promises {dim}.")

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return self._dim

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """See `Embedder.embed`."""
        (embeddings,) = self._session.run(["embedding"], {"waveform": waveform.samples[None]})
        return finite(embeddings[0])
