"""Sound → emotion: embedder → head → one vector of probabilities, for a voice that is known or not."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.bundles import Graphs, Reference, reference_of
from emotion_clf.monitoring import clocked
from emotion_clf.speech.bundle import load_embedder, load_head
from emotion_clf.speech.manifest import Manifest

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.audio import Waveform
    from emotion_clf.settings import Settings
    from emotion_clf.speech.voice import Voice

_TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class EmotionPrediction:
    """What a model heard.

    Attributes:
        label: the most probable emotion.
        confidence: its calibrated probability, in [0, 1].
        probabilities: every label's probability, most probable first; they sum to 1.
        uncertain: whether the confidence is under the model's threshold, the lead over the second best too small, or
            the sound unlike all that the model learnt from.
        model_name: bundle that answered.
        model_version: its version.
        embed_ms: time the encoder took, in milliseconds.
        classify_ms: time of the steps behind it, in milliseconds.
        adapted_to_clips: how many earlier clips of the same voice it was normalised by; 0: the voice was not known.
        unfamiliar: whether the sound is unlike all that the model learnt from.
        embedding: what the encoder made of the clip, float32 of shape (dim,); None where it was not kept.
    """

    label: str
    confidence: float
    probabilities: dict[str, float]
    uncertain: bool
    model_name: str
    model_version: str
    embed_ms: float
    classify_ms: float
    adapted_to_clips: int = 0
    unfamiliar: bool = False
    embedding: npt.NDArray[np.float32] | None = field(default=None, compare=False, repr=False)

    @property
    def margin(self) -> float:
        """Return the lead of the most probable emotion over the second, in [0, 1]."""
        best, second = sorted(self.probabilities.values(), reverse=True)[:2]
        return best - second


class SpeechModel:
    """A loaded bundle. Safe to use from several threads."""

    def __init__(self, folder: Path, settings: Settings, graphs: Graphs | None = None) -> None:
        """Load and check a bundle.

        Args:
            folder: the bundle.
            settings: threads, and where a HuBERT comes from.
            graphs: those that are loaded already and may be shared, None for a model on its own.

        Raises:
            ModelError: it cannot be used; the message says why and what to do.
        """
        self.manifest: Manifest = Manifest.read(folder)
        self.reference: Reference | None = reference_of(folder, self.manifest)
        self._head = load_head(folder, self.manifest)
        self._embedder = load_embedder(folder, self.manifest, settings, graphs or Graphs(settings.model_threads))

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """The embedding of shape (dim,) of one waveform.

        Raises:
            UnusableEmbeddingError: it holds NaN or infinity.
        """
        with clocked("embed", self.manifest.name):
            return self._embedder.embed(waveform)

    def classify(self, embedding: npt.NDArray[np.float32], voice: Voice | None = None) -> npt.NDArray[np.float64]:
        """Calibrated probabilities of shape (labels,), in the order of the classifier's own classes.

        Args:
            embedding: of shape (dim,).
            voice: earlier clips of the same voice, None where none is at hand.

        Raises:
            NotAdaptableError: a voice is given to a model that was not trained for known voices.
        """
        if voice is None or not voice.count:
            return self._one(embedding, None)
        self.manifest.require_adaptable()
        return self._one(embedding, voice.with_(embedding))

    def classify_many(self, embeddings: npt.NDArray[np.float32], voice: Voice | None = None) -> list[dict[str, float]]:
        """Each clip's calibrated probabilities by label, most probable first.

        Args:
            embeddings: of shape (clips, dim).
            voice: the one whose clips all of them are, these included; None for voices nobody knows.

        Raises:
            NotAdaptableError: as `classify`.
        """
        if voice is not None:
            self.manifest.require_adaptable()
        with clocked("classify", self.manifest.name):
            found = self._head.classify_many(embeddings, voice)
        return [self._ranked(row) for row in found]

    def is_unfamiliar(self, embedding: npt.NDArray[np.float32]) -> bool:
        """Return whether a sound is unlike all that the model learnt from; False where the bundle cannot tell.

        Args:
            embedding: of shape (dim,).
        """
        limit, found = self.manifest.strangeness, self._head.strangeness(embedding[None])
        return limit is not None and found is not None and bool(found[0] > limit.threshold)

    def components(self, embeddings: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """What `Reference.components` counts, of shape (clips, components).

        Args:
            embeddings: of shape (clips, dim).
        """
        return self._head.components(embeddings)

    def log_odds(
        self, embeddings: npt.NDArray[np.float32], label: str, voice: Voice | None = None
    ) -> npt.NDArray[np.float64]:
        """How much a label is to be believed, as the logarithm of its odds, for each clip.

        Args:
            embeddings: of shape (clips, dim).
            label: one of the manifest's.
            voice: as `classify_many`.

        Raises:
            NotAdaptableError: as `classify`.
        """
        likely = np.array([ranked[label] for ranked in self.classify_many(embeddings, voice)])
        bounded = np.clip(likely, _TINY, 1 - _TINY)
        odds: npt.NDArray[np.float64] = np.log(bounded / (1 - bounded))
        return odds

    def predict(self, waveform: Waveform, voice: Voice | None = None) -> EmotionPrediction:
        """Say which emotion is heard.

        Args:
            waveform: 16 kHz mono sound.
            voice: earlier clips of the same voice, without this one; None where none is at hand.

        Raises:
            UnusableEmbeddingError: the encoder cannot make sense of the sound.
            NotAdaptableError: as `classify`.
        """
        started = time.perf_counter()
        embedding = self.embed(waveform)
        embedded = time.perf_counter()
        probabilities = self.classify(embedding, voice)
        classified = time.perf_counter()
        ranked = self._ranked(probabilities)
        label, confidence = next(iter(ranked.items()))
        unfamiliar = self.is_unfamiliar(embedding)
        return EmotionPrediction(
            label=label,
            confidence=confidence,
            probabilities=ranked,
            uncertain=unfamiliar or self.manifest.is_uncertain(ranked.values()),
            model_name=self.manifest.name,
            model_version=self.manifest.version,
            embed_ms=1000 * (embedded - started),
            classify_ms=1000 * (classified - embedded),
            adapted_to_clips=0 if voice is None else voice.count,
            unfamiliar=unfamiliar,
            embedding=embedding,
        )

    def _one(self, embedding: npt.NDArray[np.float32], voice: Voice | None) -> npt.NDArray[np.float64]:
        with clocked("classify", self.manifest.name):
            probabilities: npt.NDArray[np.float64] = self._head.classify_many(embedding[None], voice)[0]
        return probabilities

    def _ranked(self, probabilities: npt.NDArray[np.float64]) -> dict[str, float]:
        order = np.argsort(-probabilities, kind="stable")
        return {self._head.labels[index]: float(probabilities[index]) for index in order}
