"""HuBERT over several clips at a time, and the files that say which HuBERT it is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.bundles import sha256_of
from emotion_clf.errors import ModelError
from emotion_clf.speech.hubert_embedder import HubertEmbedder

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

CONFIGURATION = ("config.json", "preprocessor_config.json")
# The weights as transformers looks for them: the first form that is there is the one it reads.
WEIGHTS = ("model*.safetensors", "pytorch_model*.bin")


class HubertBatches(HubertEmbedder):
    """The product's HuBERT, which also takes clips of equal length together."""

    def embed_batch(self, batch: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Embed clips of one length, without padding and so without a mask.

        Args:
            batch: float32 waveforms (clips, samples), 16 kHz.

        Returns:
            Embeddings (clips, dim); a row that is not finite is a clip the network makes no sense of.
        """
        import torch

        torch.set_num_threads(self._threads)
        inputs = self._extractor(list(batch), sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").input_values
        with torch.no_grad():
            states = self._model(inputs.to(self._device), output_hidden_states=True).hidden_states
        frames = states[self._spec.layer]
        pooled = frames.mean(dim=1)
        if self._spec.pooling == "mean_std":
            pooled = torch.cat([pooled, frames.std(dim=1, correction=0)], dim=1)
        embeddings: npt.NDArray[np.float32] = pooled.cpu().numpy()
        return embeddings


def checkpoint_folder(source: str, revision: str | None, *, offline: bool) -> Path:
    """Find the files of a checkpoint, fetching them from the hub where that is needed and allowed.

    Args:
        source: folder or hub name.
        revision: commit, branch or tag on the hub.
        offline: never ask the hub.

    Raises:
        ModelError: they cannot be had.
    """
    if Path(source).is_dir():
        return Path(source)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError

    files = [*CONFIGURATION, *WEIGHTS, "*.index.json"]
    try:
        return Path(snapshot_download(source, revision=revision, allow_patterns=files, local_files_only=offline))
    except (OSError, HfHubHTTPError, HFValidationError) as error:
        raise ModelError(
            f"The HuBERT weights '{source}' are not on this machine and cannot be fetched from the hub. "
            "Connect once to fetch them, or name a folder that holds them."
        ) from error


def checkpoint_hashes(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of each file that decides what a checkpoint computes.

    Raises:
        ModelError: a configuration or the weights are missing.
    """
    weights = next((found for form in WEIGHTS if (found := sorted(folder.glob(form)))), [])
    configuration = [path for name in CONFIGURATION if (path := folder / name).is_file()]
    if not weights or len(configuration) < len(CONFIGURATION):
        raise ModelError(
            f"The folder '{folder.name}' holds no complete HuBERT ({', '.join(CONFIGURATION)} and weights): "
            "fetch it again."
        )
    return {path.name: sha256_of(path) for path in (*configuration, *weights)}


def hidden_size(folder: Path) -> int:
    """Read the width of a checkpoint's frames.

    Raises:
        ModelError: it is another kind of model.
    """
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    if config.model_type != "hubert":
        raise ModelError(f"'{folder.name}' is another kind of model, not a HuBERT.")
    return int(config.hidden_size)
