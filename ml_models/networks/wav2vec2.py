"""wav2vec 2.0 in two parts: its frozen convolutions hear, its transformer and classifier learn.

Between the two, the frames are stretched to a fixed number, which changes the tempo and keeps the pitch.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, nn

from ml_models.errors import TrainingDataError
from ml_models.networks.front_end import stretch_frames
from ml_models.networks.mfcc import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable

    from transformers import Wav2Vec2ForSequenceClassification

Read = TypeVar("Read")

# The feature extractor adds this to the variance; a bound does the same and survives the ONNX exporter.
SMALLEST_VARIANCE = 1e-7
# Parts that are trained here, and a vector used only in pre-training: a checkpoint may lack them or have other ones.
NEW_PARTS = ("classifier.", "projector.", "wav2vec2.masked_spec_embed")


@dataclass(frozen=True)
class Checkpoint:
    """Where pre-trained weights are.

    Attributes:
        source: hub name or folder.
        revision: commit on the hub.
    """

    source: str
    revision: str | None = None

    def load(self, labels: int) -> Wav2Vec2ForSequenceClassification:
        """Load the network with a classifier of its own, drawn from torch's generator where the checkpoint has none.

        Args:
            labels: number of classes.

        Raises:
            TrainingDataError: no such weights here or on the hub, or weights of something else.
        """
        return self._read(lambda here: self._model(labels, here=here))

    def normalises(self) -> bool:
        """Tell whether waveforms are brought to zero mean and unit variance first, as in pre-training.

        Raises:
            TrainingDataError: no such checkpoint here or on the hub.
        """
        from transformers import Wav2Vec2FeatureExtractor

        extractor = self._read(
            lambda here: Wav2Vec2FeatureExtractor.from_pretrained(
                self.source, revision=self.revision, local_files_only=here
            )
        )
        return bool(extractor.do_normalize)

    def _read(self, reader: Callable[[bool], Read]) -> Read:
        """Read what is on this machine, a folder or the hub's cache, and otherwise from the hub."""
        try:
            try:
                return reader(True)
            except OSError:
                return reader(Path(self.source).is_dir())
        except OSError as error:
            raise TrainingDataError(
                f"The wav2vec 2.0 weights '{self._name}' cannot be had or read. Connect once to fetch them, or name a "
                "folder that holds them with --source."
            ) from error

    def _model(self, labels: int, *, here: bool) -> Wav2Vec2ForSequenceClassification:
        """Read the weights: safetensors first, anything else only as weights, never code."""
        from safetensors import SafetensorError
        from transformers import AutoConfig, Wav2Vec2ForSequenceClassification

        os.environ["DISABLE_SAFETENSORS_CONVERSION"] = "1"  # no background request to the hub for a .bin checkpoint
        where: dict[str, Any] = {"revision": self.revision, "local_files_only": here}
        try:
            kind = AutoConfig.from_pretrained(self.source, trust_remote_code=False, **where).model_type
            if kind != "wav2vec2":
                raise TrainingDataError(f"'{self._name}' is another kind of model, not a wav2vec 2.0.")
            model, loaded = Wav2Vec2ForSequenceClassification.from_pretrained(
                self.source,
                weights_only=True,
                output_loading_info=True,
                num_labels=labels,
                ignore_mismatched_sizes=True,
                attn_implementation="eager",
                add_adapter=False,
                use_weighted_layer_sum=False,
                **where,
            )
        except (SafetensorError, RuntimeError, ValueError) as error:
            raise OSError("the checkpoint cannot be read") from error
        self._require_pretrained(loaded)
        return model

    def _require_pretrained(self, loaded: dict[str, Any]) -> None:
        mismatched = [name for name, *_ in loaded["mismatched_keys"]]
        if any(not name.startswith(NEW_PARTS) for name in [*loaded["missing_keys"], *mismatched]):
            raise TrainingDataError(f"The weights in '{self._name}' are not those of a complete wav2vec 2.0.")

    @property
    def _name(self) -> str:
        return Path(self.source).name


class WaveformFrames(nn.Module):
    """The frozen convolutions: a waveform of any length to a fixed number of frames."""

    def __init__(self, convolutions: nn.Module, *, normalise: bool, seconds: float) -> None:
        """Take the convolutions of a wav2vec 2.0.

        Args:
            convolutions: waveform (batch, samples) to (batch, channels, frames).
            normalise: bring waveforms to zero mean and unit variance first.
            seconds: length every clip is brought to.
        """
        super().__init__()
        self.convolutions = convolutions.requires_grad_(requires_grad=False).eval()
        self.normalise = normalise
        with torch.inference_mode():
            self.frames = convolutions(torch.zeros(1, round(seconds * SAMPLE_RATE_HZ))).shape[2]

    def forward(self, waveform: Tensor) -> Tensor:
        """Give (batch, channels, frames) of (batch, samples) at 16 kHz."""
        if self.normalise:
            centred = waveform - waveform.mean(dim=1, keepdim=True)
            variance = centred.square().mean(dim=1, keepdim=True)
            waveform = centred / torch.sqrt(variance.clamp(min=SMALLEST_VARIANCE))
        return stretch_frames(self.convolutions(waveform), self.frames)


class FrameClassifier(nn.Module):
    """The part that is fine-tuned: projection, transformer, mean over time and classifier."""

    def __init__(self, model: Wav2Vec2ForSequenceClassification) -> None:
        super().__init__()
        self.project = model.wav2vec2.feature_projection
        self.encoder = model.wav2vec2.encoder
        self.projector = model.projector
        self.classifier = model.classifier

    def forward(self, frames: Tensor) -> Tensor:
        """Give the class scores (batch, labels) of (batch, channels, frames)."""
        hidden, _ = self.project(frames.transpose(1, 2))
        states = self.encoder(hidden).last_hidden_state
        scores: Tensor = self.classifier(self.projector(states).mean(dim=1))
        return scores
