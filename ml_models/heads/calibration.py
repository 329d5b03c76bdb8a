"""From class scores to probabilities that mean what they say, learnt from speakers who were held out."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from ml_models.heads.svm import SpeechHead

    Floats = npt.NDArray[np.floating]
    Ints = npt.NDArray[np.integer]
    FitCalibration = Callable[[Floats, Ints, Floats], "Calibration"]

LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0


class Calibration(Protocol):
    """A fitted map from class scores to probabilities."""

    def probabilities(self, scores: Floats) -> Floats:
        """Give (clips, classes) probabilities of (clips, classes) scores."""


@dataclass(frozen=True)
class SigmoidCalibration:
    """One sigmoid for each class's score, then a division by their sum: for machines that each know one class.

    Attributes:
        over_scores: scikit-learn's calibration of a classifier that passes its inputs through.
    """

    over_scores: CalibratedClassifierCV

    @classmethod
    def fit(cls, scores: Floats, labels: Ints, weights: Floats) -> SigmoidCalibration:
        """Fit on (clips, classes) scores of speakers that were held out, with their true classes and weights."""
        classes = np.arange(scores.shape[1])
        through = LogisticRegression()
        through.classes_, through.coef_, through.intercept_ = classes, np.eye(len(classes)), np.zeros(len(classes))
        through.n_features_in_ = len(classes)
        classifier = CalibratedClassifierCV(FrozenEstimator(through), method="sigmoid", cv=2, ensemble=False)
        # Routing says that the weights are meant for the sigmoids: the frozen classifier learns nothing.
        with config_context(enable_metadata_routing=True):
            return cls(classifier.fit(scores, labels, sample_weight=weights))

    def probabilities(self, scores: Floats) -> Floats:
        """See `Calibration.probabilities`."""
        chances: Floats = self.over_scores.predict_proba(scores)
        return chances


@dataclass(frozen=True)
class TemperatureCalibration:
    """Scores divided by one number, then softmax: for networks. It never changes the answer.

    Attributes:
        temperature: above one where the network is too sure.
    """

    temperature: float

    @classmethod
    def fit(cls, scores: Floats, labels: Ints, weights: Floats) -> TemperatureCalibration:
        """Fit on (clips, classes) scores of speakers that were held out, with their true classes and weights."""

        def loss(log_temperature: float) -> float:
            chances = log_softmax(scores / np.exp(log_temperature), axis=1)
            return -float(np.average(chances[np.arange(len(labels)), labels], weights=weights))

        bounds = (np.log(LOWEST_TEMPERATURE), np.log(HIGHEST_TEMPERATURE))
        return cls(float(np.exp(minimize_scalar(loss, bounds=bounds, method="bounded").x)))

    def probabilities(self, scores: Floats) -> Floats:
        """See `Calibration.probabilities`."""
        chances: Floats = softmax(scores / self.temperature, axis=1)
        return chances


def classifier_of(head: SpeechHead, calibration: Calibration) -> Any:
    """Give the classifier of a bundle, whose probabilities are calibrated.

    Args:
        head: the finished head.
        calibration: learnt from scores of held-out speakers.

    Raises:
        TypeError: one temperature goes with a logistic regression alone.
    """
    if isinstance(calibration, SigmoidCalibration):
        return calibrated(head, calibration)
    if not isinstance(calibration, TemperatureCalibration) or not isinstance(head.classifier, LogisticRegression):
        raise TypeError("one temperature goes with a logistic regression, a sigmoid for each class with any head")
    cooled = deepcopy(head.classifier)
    cooled.coef_ = cooled.coef_ / calibration.temperature
    cooled.intercept_ = cooled.intercept_ / calibration.temperature
    return cooled


def calibrated(head: SpeechHead, calibration: SigmoidCalibration) -> CalibratedClassifierCV:
    """Join the finished head with a calibration learnt from scores of held-out speakers.

    The finished head has heard every speaker, so its own training scores are too sure. The sigmoids come from the
    folds' heads, each applied to speakers it had not heard, and here meet the finished head.
    """
    classifier = calibration.over_scores
    (member,) = classifier.calibrated_classifiers_
    member.estimator = FrozenEstimator(head.classifier)
    classifier.estimator = member.estimator
    classifier.n_features_in_ = head.pca.n_components_
    return classifier
