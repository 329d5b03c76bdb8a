"""Sound → emotion: embedder → scaler → PCA → calibrated SVM → one vector of probabilities."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from emotion_clf.speech.bundle import load_embedder, load_head
from emotion_clf.speech.manifest import Manifest, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.audio import Waveform
    from emotion_clf.settings import Settings


@dataclass(frozen=True, slots=True)
class EmotionPrediction:
    """What a model heard.

    Attributes:
        label: the most probable emotion.
        confidence: its calibrated probability, in [0, 1].
        probabilities: every label's probability, most probable first; they sum to 1.
        uncertain: whether the confidence is under the model's threshold.
        model_name: bundle that answered.
        model_version: its version.
        embed_ms: time the encoder took, in milliseconds.
        classify_ms: time of the steps behind it, in milliseconds.
    """

    label: str
    confidence: float
    probabilities: dict[str, float]
    uncertain: bool
    model_name: str
    model_version: str
    embed_ms: float
    classify_ms: float


class SpeechModel:
    """A loaded bundle. Safe to use from several threads."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Load and check a bundle.

        Raises:
            ModelError: it cannot be used; the message says why and what to do.
        """
        self.manifest: Manifest = read_manifest(folder)
        self._head = load_head(folder, self.manifest)
        self._embedder = load_embedder(folder, self.manifest, settings)
        self._labels = [
            str(label) for label in self._head.label_encoder.inverse_transform(self._head.classifier.classes_)
        ]

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """The embedding of shape (dim,) of one waveform.

        Raises:
            UnusableEmbeddingError: it holds NaN or infinity.
        """
        return self._embedder.embed(waveform)

    def classify(self, embedding: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Calibrated probabilities of shape (labels,), in the order of the classifier's own classes."""
        scaled = self._head.scaler.transform(embedding[None])
        probabilities: npt.NDArray[np.float64] = self._head.classifier.predict_proba(self._head.pca.transform(scaled))[
            0
        ]
        return probabilities

    def predict(self, waveform: Waveform) -> EmotionPrediction:
        """Say which emotion is heard.

        Args:
            waveform: 16 kHz mono sound.

        Raises:
            UnusableEmbeddingError: the encoder cannot make sense of the sound.
        """
        started = time.perf_counter()
        embedding = self.embed(waveform)
        embedded = time.perf_counter()
        probabilities = self.classify(embedding)
        classified = time.perf_counter()
        order = np.argsort(-probabilities, kind="stable")
        ranked = {self._labels[index]: float(probabilities[index]) for index in order}
        label, confidence = next(iter(ranked.items()))
        return EmotionPrediction(
            label=label,
            confidence=confidence,
            probabilities=ranked,
            uncertain=confidence < self.manifest.uncertain_below,
            model_name=self.manifest.name,
            model_version=self.manifest.version,
            embed_ms=1000 * (embedded - started),
            classify_ms=1000 * (classified - embedded),
        )
