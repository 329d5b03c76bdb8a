"""A frozen HuBERT from transformers: the exact path of the flagship recipe.

torch and transformers are imported when the first HuBERT bundle is loaded, and not before.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import ModelError
from emotion_clf.speech.embedder import finite

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from emotion_clf.audio import Waveform
    from emotion_clf.speech.manifest import HubertEmbedderSpec

# A vector used only while pre-training; checkpoints may lack it, and inference never reads it.
_OPTIONAL_WEIGHTS: Final = {"masked_spec_embed"}
_HUB_CONNECT_S: Final = 3


class HubertEmbedder:
    """One layer of HuBERT, pooled over time.

    Each waveform is normalised to zero mean and unit variance where the checkpoint's feature extractor
    asks for it (the large one does, the base one does not), as it was when HuBERT was trained.
    """

    def __init__(
        self,
        spec: HubertEmbedderSpec,
        *,
        threads: int,
        source: str | None = None,
        revision: str | None = None,
        offline: bool = False,
    ) -> None:
        """Load the network.

        Args:
            spec: encoder, layer and pooling the bundle was trained with.
            threads: processor threads of one inference.
            source: folder or hub name to use in place of the bundle's.
            revision: commit on the hub to use in place of the bundle's.
            offline: never ask the hub.

        Raises:
            ModelError: the weights cannot be had, or are not those of such a HuBERT.
        """
        import torch

        self._spec = spec
        self._threads = threads
        self._extractor, self._model = _load(source or spec.source, revision or spec.revision, offline=offline)
        self._device = "cuda" if torch.cuda.is_available() else "cpu"
        self._model.to(self._device).eval().requires_grad_(requires_grad=False)
        states = self._model.config.num_hidden_layers + 1
        if not -states <= spec.layer < states:
            raise ModelError(f"This HuBERT has {states} layers of hidden states; layer {spec.layer} is not one.")
        found = self._model.config.hidden_size * (2 if spec.pooling == "mean_std" else 1)
        if found != spec.dim:
            raise ModelError(f"This HuBERT gives {found} values where the bundle was trained on {spec.dim}.")

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        return self._spec.dim

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """See `Embedder.embed`."""
        import torch

        torch.set_num_threads(self._threads)
        inputs = self._extractor(
            waveform.samples, sampling_rate=waveform.sample_rate_hz, return_tensors="pt"
        ).input_values
        with torch.no_grad():
            states = self._model(inputs.to(self._device), output_hidden_states=True).hidden_states
        frames = states[self._spec.layer][0]
        pooled = frames.mean(dim=0)
        if self._spec.pooling == "mean_std":
            pooled = torch.cat([pooled, frames.std(dim=0, correction=0)])
        return finite(pooled.cpu().numpy())


def _load(source: str, revision: str | None, *, offline: bool) -> tuple[Any, Any]:
    """The feature extractor and the network: from a folder, the hub's cache, or the hub.

    Raises:
        ModelError: it is in none of these, or is no HuBERT.
    """
    try:
        return _read(source, revision, local_files_only=True)
    except OSError as error:
        if Path(source).is_dir():
            raise ModelError(
                f"The folder '{Path(source).name}' holds no complete HuBERT: fetch its weights again."
            ) from error
        unavailable = ModelError(
            f"The HuBERT weights '{source}' are not on this machine and the hub cannot be reached. "
            "Connect once to fetch them, or set HUBERT_MODEL to a folder that holds them."
        )
        if offline or not _hub_reachable():
            raise unavailable from error
    try:
        return _read(source, revision, local_files_only=False)
    except OSError as error:
        raise unavailable from error


def _hub_reachable() -> bool:
    """One quick try, so that no network means one sentence at once rather than minutes of retries."""
    import socket
    from urllib.parse import urlsplit

    from huggingface_hub import constants

    hub = urlsplit(constants.ENDPOINT)
    try:
        with socket.create_connection((hub.hostname or "", hub.port or 443), timeout=_HUB_CONNECT_S):
            return not constants.is_offline_mode()
    except OSError:
        return False


def _read(source: str, revision: str | None, *, local_files_only: bool) -> tuple[Any, Any]:
    """Read the checkpoint: safetensors first, anything else only as weights, never code.

    Raises:
        OSError: a file is missing or broken.
        ModelError: the checkpoint is of another kind.
    """
    from safetensors import SafetensorError
    from transformers import AutoConfig, HubertModel, Wav2Vec2FeatureExtractor

    os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"  # no background request to the hub for a .bin checkpoint
    where: dict[str, Any] = {"revision": revision, "local_files_only": local_files_only}
    if AutoConfig.from_pretrained(source, trust_remote_code=False, **where).model_type != "hubert":
        raise ModelError(f"'{Path(source).name}' is another kind of model, not a HuBERT.")
    extractor = Wav2Vec2FeatureExtractor.from_pretrained(source, **where)
    try:
        model, loaded = HubertModel.from_pretrained(source, weights_only=True, output_loading_info=True, **where)
    except (SafetensorError, RuntimeError, ValueError) as error:
        raise OSError("the weights cannot be read") from error
    if set(loaded["missing_keys"]) - _OPTIONAL_WEIGHTS:
        raise ModelError(f"The weights in '{Path(source).name}' are not those of a complete HuBERT.")
    return extractor, model
