"""What every way of learning has in common: fitted on some clips, it scores any sound."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from ml_models.data.corpora import LabelSet
    from ml_models.heads.svm import SpeechHead

    Floats = npt.NDArray[np.floating]
    Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class EpochRecord:
    """One pass of training.

    Attributes:
        epoch: from 1.
        train_loss: mean over the steps.
        validation_loss: on validation speakers, who are no training speakers.
        validation_ua: their unweighted accuracy.
    """

    epoch: int
    train_loss: float
    validation_loss: float
    validation_ua: float

    def as_dict(self) -> dict[str, Any]:
        """Give plain values."""
        return asdict(self)


class Fitted(Protocol):
    """A model that has learnt."""

    @property
    def curves(self) -> Sequence[EpochRecord]:
        """Its training, pass by pass; empty where there were no passes."""

    def scores(self, sounds: Sequence[Samples]) -> Floats:
        """Give uncalibrated class scores (sounds, labels), in the label set's order; the largest is the answer.

        Args:
            sounds: float32 waveforms at 16 kHz, of any length from a quarter of a second.
        """

    def export(self, path: Path) -> float:
        """Write the trained network as one ONNX graph "waveform" (batch, samples) → "embedding" (batch, dim).

        For a network that classifies by itself, the embedding is the class scores.

        Returns:
            The largest difference between torch and ONNX Runtime, relative to the output's deviation.

        Raises:
            TrainingDataError: this model is not served as a graph of its own.
        """


@runtime_checkable
class Embedding(Protocol):
    """A fitted model with an embedding that a head classifies; it can be adapted to a speaker."""

    @property
    def head(self) -> SpeechHead:
        """What classifies the embedding."""

    def embed(self, sounds: Sequence[Samples]) -> Floats:
        """Embed waveforms as (sounds, dim)."""

    def embed_clips(self, clips: Sequence[int]) -> Floats:
        """Embed clips of the learner's own list, by position, as (clips, dim)."""

    def place(self, scores: Floats) -> Floats:
        """Put scores (n, head's classes) into the columns of the label set, (n, labels)."""


class Learner(Protocol):
    """A way of learning, over one list of clips and their sounds."""

    def fit(self, train: Sequence[int], label_set: LabelSet, *, title: str) -> Fitted:
        """Learn from some clips only; clips whose emotion the label set lacks are left out.

        Args:
            train: positions of the training clips; one may occur twice.
            label_set: what to tell apart.
            title: shown beside progress bars.

        Raises:
            TrainingDataError: nothing to tell apart.
        """
