"""What an embedder is: sound in, one vector out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from emotion_clf.errors import AudioError

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.audio import Waveform


class Embedder(Protocol):
    """Turns sound into a vector of fixed length."""

    @property
    def dim(self) -> int:
        """Length of the embedding."""
        ...

    def embed(self, waveform: Waveform) -> npt.NDArray[np.float32]:
        """The float32 embedding of shape (dim,) of one waveform.

        Raises:
            UnusableEmbeddingError: the network's output holds NaN or infinity.
        """
        ...


class UnusableEmbeddingError(AudioError):
    """The network answered with values that are not numbers.

    They are never replaced by zeros: a made-up vector would get a confident, meaningless answer.
    """

    code = "unusable_embedding"


def finite(embedding: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The embedding itself, if all of it is finite.

    Raises:
        UnusableEmbeddingError: it is not.
    """
    if not np.isfinite(embedding).all():
        raise UnusableEmbeddingError(
            "The model cannot make sense of this recording. Record it again, or export it as 16-bit WAV."
        )
    return embedding
