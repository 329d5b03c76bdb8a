"""A logistic regression that may charge the values of an embedding unevenly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from sklearn.decomposition import PCA

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]

MOST_STEPS = 400


def fit_logistic(
    normalised: Floats, labels: Ints, weights: Floats, pca: PCA, *, deviation: Floats, penalty: float, evenness: float
) -> LogisticRegression:
    """Fit on normalised embeddings, and express the result in principal components.

    An embedder whose values are sorted by how much voices differ in them says with its last ones what only its own
    training corpora hold. Charging those more keeps what is learnt valid for corpora nobody has heard.

    Args:
        normalised: (clips, dim) of unit deviation.
        labels: (clips,) positions in a label set.
        weights: (clips,) with mean one.
        pca: fitted on `normalised`.
        deviation: (dim,) of the embeddings before they were normalised.
        penalty: of the squared coefficients, beside the mean loss of a clip.
        evenness: 1 charges all values alike, 0 by their variance.
    """
    gain = (deviation / deviation.max()) ** (1.0 - evenness)
    fitted = LogisticRegression(C=1.0 / (penalty * len(labels)), max_iter=MOST_STEPS)
    fitted.fit(normalised * gain, labels, sample_weight=weights)
    coefficients = fitted.coef_ * gain
    fitted.coef_ = coefficients @ pca.components_.T
    fitted.intercept_ = fitted.intercept_ + coefficients @ pca.mean_
    fitted.n_features_in_ = int(pca.n_components_)
    return fitted
