"""What classifies an embedding: the fitted steps of scikit-learn, or the scores of a network of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.speech.voice import Voice

    Embedding = npt.NDArray[np.float32]
    Probabilities = npt.NDArray[np.float64]

# As many as are compared with those of the training: the first ones hold most of the spread.
COMPONENTS: Final = 16


class Head(Protocol):
    """Turns embeddings into one probability for each label."""

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels, in the order of the probabilities."""
        ...

    def classify_many(self, embeddings: Embedding, voice: Voice | None = None) -> Probabilities:
        """Probabilities of shape (clips, labels).

        Args:
            embeddings: of shape (clips, dim).
            voice: what is known of the voice, these clips included; None for voices nobody knows. A head that was
                not trained for known voices knows none.
        """
        ...

    def strangeness(self, embeddings: Embedding) -> Probabilities | None:
        """Return how unlike what was learnt from each clip is, of shape (clips,); None where that is not known.

        Args:
            embeddings: of shape (clips, dim), taken for voices nobody knows.
        """
        ...

    def components(self, embeddings: Embedding) -> Probabilities:
        """The values by which what is heard can be compared with what was learnt from, of shape (clips, components).

        Args:
            embeddings: of shape (clips, dim), taken for voices nobody knows.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SvmHead:
    """Scaler → PCA → calibrated support vectors, as scikit-learn objects.

    Attributes:
        labels: in the order of the classifier's own classes.
        scaler: mean and deviation of everybody.
        pca: principal components.
        classifier: gives calibrated probabilities.
        prior_clips: how many clips of a voice weigh as much as everybody's statistics; None: not trained for known
            voices.
    """

    labels: tuple[str, ...]
    scaler: Any
    pca: Any
    classifier: Any
    prior_clips: float | None = None

    def classify_many(self, embeddings: Embedding, voice: Voice | None = None) -> Probabilities:
        """See `Head.classify_many`."""
        reduced = self.pca.transform(self._normalise(embeddings, voice))
        probabilities: Probabilities = self.classifier.predict_proba(reduced)
        return probabilities

    def strangeness(self, embeddings: Embedding) -> Probabilities | None:
        """See `Head.strangeness`: the mean squared distance from everybody's mean, in deviations."""
        found: Probabilities = np.square(self.scaler.transform(embeddings)).mean(axis=1)
        return found

    def components(self, embeddings: Embedding) -> Probabilities:
        """See `Head.components`: the first principal components."""
        found: Probabilities = self.pca.transform(self.scaler.transform(embeddings))[:, :COMPONENTS]
        return found

    def _normalise(self, embeddings: Embedding, voice: Voice | None) -> npt.NDArray[np.floating]:
        if voice is None or self.prior_clips is None:
            everybody: npt.NDArray[np.floating] = self.scaler.transform(embeddings)
            return everybody
        return voice.normalise(embeddings, self.scaler.mean_, self.scaler.scale_, self.prior_clips)


@dataclass(frozen=True, slots=True, eq=False)
class SoftmaxHead:
    """For a network that classifies by itself: its embedding is the class scores.

    Attributes:
        labels: in the order of the scores.
        temperature: the scores are divided by it, which makes the probabilities as sure as they should be.
    """

    labels: tuple[str, ...]
    temperature: float

    def classify_many(self, embeddings: Embedding, voice: Voice | None = None) -> Probabilities:
        """See `Head.classify_many`."""
        scores = embeddings.astype(np.float64) / self.temperature
        odds = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: Probabilities = odds / odds.sum(axis=1, keepdims=True)
        return probabilities

    def strangeness(self, embeddings: Embedding) -> Probabilities | None:
        """See `Head.strangeness`: class scores say nothing of it."""
        return None

    def components(self, embeddings: Embedding) -> Probabilities:
        """See `Head.components`: the class scores themselves."""
        return embeddings[:, :COMPONENTS].astype(np.float64)
