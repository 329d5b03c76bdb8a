"""Every layer of a HuBERT at once, so that a sweep over layers and poolings needs one pass over the sounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.speech.embedder import finite
from emotion_clf.speech.manifest import HubertEmbedderSpec
from ml_models.embedding.hubert import HubertBatches, checkpoint_folder, checkpoint_hashes, hidden_size
from ml_models.embedding.source import THREADS

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.audio import Waveform

STATISTICS = 2  # the mean and the deviation over time


class HubertLayers(HubertBatches):
    """Mean and deviation over time of every hidden state, one after the other."""

    @property
    def dim(self) -> int:
        """Length of the embedding: states times statistics times width."""
        return int((self._model.config.num_hidden_layers + 1) * STATISTICS * self._model.config.hidden_size)

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """See `Embedder.embed`."""
        return finite(self.embed_batch(waveform.samples[None])[0])

    def embed_batch(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """See `HubertBatches.embed_batch`."""
        import torch

        torch.set_num_threads(self._threads)
        inputs = self._extractor(list(batch), sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").input_values
        with torch.no_grad():
            states = self._model(inputs.to(self._device), output_hidden_states=True).hidden_states
        parts = [part for state in states for part in (state.mean(dim=1), state.std(dim=1, correction=0))]
        embeddings: npt.NDArray[np.float32] = torch.cat(parts, dim=1).cpu().numpy()
        return embeddings


@dataclass(frozen=True)
class HubertLayersSource:
    """A frozen HuBERT, all of its layers; see `EmbedderSource`.

    Attributes:
        source: hub name or folder.
        revision: commit, branch or tag on the hub.
        offline: never ask the hub.
    """

    source: str
    revision: str | None = None
    offline: bool = False

    def identity(self) -> dict[str, Any]:
        """See `EmbedderSource.identity`."""
        return {"kind": "hubert", "files": checkpoint_hashes(self._folder()), "layer": "all", "pooling": "both"}

    def load(self) -> HubertLayers:
        """See `EmbedderSource.load`."""
        spec = HubertEmbedderSpec(source=str(self._folder()), dim=self.width())
        return HubertLayers(spec, threads=THREADS, offline=self.offline)

    def width(self) -> int:
        """Length of one frame."""
        return hidden_size(self._folder())

    def _folder(self) -> Any:
        return checkpoint_folder(self.source, self.revision, offline=self.offline)


def pooled_layer(embeddings: npt.NDArray[np.float32], width: int, layer: int, pooling: str) -> npt.NDArray[np.float32]:
    """Take one layer out of all, pooled as asked.

    Args:
        embeddings: (clips, states * statistics * width) of `HubertLayers`.
        width: length of one frame.
        layer: index into the hidden states, -1 for the last one.
        pooling: "mean", or "mean_std" for both statistics.

    Returns:
        (clips, width), or (clips, 2 * width) for both.

    Raises:
        IndexError: there is no such layer.
    """
    states = embeddings.reshape(len(embeddings), -1, STATISTICS, width)[:, layer]
    chosen = states[:, :1] if pooling == "mean" else states
    return np.ascontiguousarray(chosen.reshape(len(embeddings), -1))
