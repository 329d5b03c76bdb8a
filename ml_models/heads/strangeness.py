"""How unlike all that was learnt from a sound is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt
    from sklearn.preprocessing import StandardScaler

    Floats = npt.NDArray[np.floating]


def strangeness(embeddings: Floats, scaler: StandardScaler) -> Floats:
    """Give the mean squared distance of embeddings (clips, dim) from what was learnt; about 1 for speech.

    The product computes the same in `emotion_clf.speech.heads`; a test holds the two together.
    """
    distances: Floats = np.square(scaler.transform(embeddings)).mean(axis=1)
    return distances
