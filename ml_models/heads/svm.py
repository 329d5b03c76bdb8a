"""The classifier behind the encoder: scaler, principal components, support vectors, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV, _TemperatureScaling
from sklearn.decomposition import PCA
from sklearn.frozen import FrozenEstimator
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.recipe import HeadRecipe

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]


@dataclass(frozen=True)
class SpeechHead:
    """Fitted steps, in the order in which an embedding passes them.

    Attributes:
        scaler: to zero mean and unit deviation.
        pca: to fewer, uncorrelated values.
        svm: one support vector machine for each class; the classes are positions in a label set.
    """

    scaler: StandardScaler
    pca: PCA
    svm: OneVsRestClassifier

    def scores(self, embeddings: Floats) -> Floats:
        """Give uncalibrated class scores (clips, classes)."""
        scores: Floats = self.svm.decision_function(self.reduce(embeddings))
        return scores

    def reduce(self, embeddings: Floats) -> Floats:
        """Give the principal components (clips, components) that the support vectors see."""
        reduced: Floats = self.pca.transform(self.scaler.transform(embeddings))
        return reduced


def fit_head(embeddings: Floats, labels: Ints, corpora: Sequence[str], recipe: HeadRecipe, *, seed: int) -> SpeechHead:
    """Fit scaler, principal components and support vectors on training clips.

    Args:
        embeddings: (clips, dim).
        labels: (clips,) positions in a label set.
        corpora: (clips,) corpus of each clip.
        recipe: settings.
        seed: of the principal components' solver.
    """
    scaler = StandardScaler().fit(embeddings)
    scaled = scaler.transform(embeddings)
    pca = PCA(recipe.pca_variance, random_state=seed, svd_solver="full").fit(scaled)
    weights = balanced_weights(labels, corpora)
    # One machine for each class: its margin says how sure it is, which the votes between pairs of classes do not.
    with config_context(enable_metadata_routing=True):
        machine = SVC(C=recipe.svm_c, kernel="rbf").set_fit_request(sample_weight=True)
        svm = OneVsRestClassifier(machine).fit(pca.transform(scaled), labels, sample_weight=weights)
    return SpeechHead(scaler, pca, svm)


def balanced_weights(labels: Ints, corpora: Sequence[str]) -> Floats:
    """Weight clips so that every emotion of every corpus counts alike.

    Returns:
        (clips,) weights with mean one.
    """
    groups = np.stack([np.unique(np.asarray(corpora), return_inverse=True)[1], labels], axis=1)
    _, where, counts = np.unique(groups, axis=0, return_inverse=True, return_counts=True)
    weights: Floats = len(labels) / (len(counts) * counts[where])
    return weights


@dataclass(frozen=True)
class Calibration:
    """Temperature scaling: class scores times one number, then softmax. It never changes the label.

    Attributes:
        step: scikit-learn's fitted temperature.
    """

    step: Any

    @classmethod
    def fit(cls, scores: Floats, labels: Ints, weights: Floats) -> Calibration:
        """Fit on (clips, classes) scores of speakers that were held out, with their true classes and weights."""
        return cls(_TemperatureScaling().fit(scores, labels, weights))

    def probabilities(self, scores: Floats) -> Floats:
        """Give (clips, classes) probabilities."""
        chances: Floats = self.step.predict(scores)
        return chances


def calibrated(head: SpeechHead, calibration: Calibration) -> CalibratedClassifierCV:
    """Join the finished head with a calibration learnt from scores of held-out speakers.

    The finished head has heard every speaker, so its own training scores are too sure. The temperature comes from the
    folds' heads, each applied to speakers it had not heard, and takes the place of scikit-learn's.
    """
    classes = head.svm.classes_
    placeholders = np.repeat(classes, 2)
    classifier = CalibratedClassifierCV(FrozenEstimator(head.svm), method="temperature", cv=2)
    classifier.fit(np.zeros((len(placeholders), head.pca.n_components_)), placeholders)
    (member,) = classifier.calibrated_classifiers_
    member.calibrators = [calibration.step]
    return classifier
