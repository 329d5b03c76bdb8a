from __future__ import annotations

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from emotion_clf.speech.heads import SvmHead
from ml_models.heads.logistic import fit_logistic
from ml_models.heads.strangeness import strangeness


def two_classes(seed: int, *, reliable: bool) -> tuple[np.ndarray, np.ndarray]:
    """The class shows in a value that varies much, and where that is reliable more in one that varies little."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(2, size=400)
    much = 10 * (rng.standard_normal(400) + 1.0 * labels)
    little = 0.1 * (rng.standard_normal(400) + (2.0 * labels if reliable else 0))
    return np.stack([much, little], axis=1), labels


@pytest.mark.parametrize("evenness", [0.0, 0.5, 1.0])
def test_components_of_full_rank_change_no_score(evenness: float) -> None:
    vectors, labels = two_classes(0, reliable=True)
    scaler = StandardScaler().fit(vectors)
    normalised = scaler.transform(vectors) + 0.3  # not centred, as where voices were adapted to
    pca = PCA(2, svd_solver="full").fit(normalised)
    fitted = fit_logistic(
        normalised, labels, np.ones(400), pca, deviation=scaler.scale_, penalty=1e-3, evenness=evenness
    )
    scores = fitted.decision_function(pca.transform(normalised))
    assert np.mean((scores > 0) == labels) > 0.7
    assert fitted.coef_.shape == (1, 2)


def test_an_uneven_penalty_leans_on_what_varies_most() -> None:
    seen, labels = two_classes(1, reliable=True)
    elsewhere, truth = two_classes(2, reliable=False)
    scaler = StandardScaler().fit(seen)
    normalised = scaler.transform(seen)
    pca = PCA(2, svd_solver="full").fit(normalised)
    right = {}
    for evenness in (0.0, 1.0):
        fitted = fit_logistic(
            normalised, labels, np.ones(400), pca, deviation=scaler.scale_, penalty=1e-2, evenness=evenness
        )
        right[evenness] = np.mean(fitted.predict(pca.transform(scaler.transform(elsewhere))) == truth)
    assert right[0.0] > right[1.0] + 0.05


def test_training_and_product_measure_strangeness_alike() -> None:
    rng = np.random.default_rng(0)
    known = rng.standard_normal((500, 8)) * np.arange(1, 9)
    scaler = StandardScaler().fit(known)
    head = SvmHead(("a", "b"), scaler, None, None)
    others = rng.standard_normal((20, 8)) * 40
    served = head.strangeness(others)
    assert served is not None
    assert np.allclose(served, strangeness(others, scaler))
    assert strangeness(known, scaler).mean() == pytest.approx(1.0)
    assert strangeness(others, scaler).min() > strangeness(known, scaler).max()
