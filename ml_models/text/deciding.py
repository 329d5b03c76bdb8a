"""From scores to decisions: the linear model's weight, a threshold for each label, calibrated probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from ml_models.text.measures import f1_of_labels

if TYPE_CHECKING:
    import numpy.typing as npt

    Scores = npt.NDArray[np.floating[Any]]
    Labels = npt.NDArray[np.float32]

LINEAR_WEIGHTS: Final = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0)
_LOOSE: Final = 100.0
_NEVER: Final = 1e9
_PENALTY: Final = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Scores (n, k) → probabilities: softmax(scores / temperature + bias)."""

    temperature: float
    bias: Scores

    def probabilities(self, scores: Scores) -> Scores:
        """(n, k), each row summing to 1."""
        logits = scores / self.temperature + self.bias
        logits = logits - logits.max(axis=1, keepdims=True)
        exponentials = np.exp(logits)
        return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def thresholds(scores: Scores, labels: Labels) -> Scores:
    """The threshold of each label with the largest F1 to be expected.

    Scores are turned into probabilities by a logistic curve. Whoever accepts texts from probability t on maximises the
    expected F1 where t is half of that maximum (Lipton, Elkan and Naryanaswamy, 2014). Fitting a curve of two numbers
    follows single texts less than trying every threshold does, which matters for labels that are rare.

    Args:
        scores: (n, k).
        labels: (n, k) of 0 and 1; a label that nobody has, or everybody, is never given.
    """
    from sklearn.linear_model import LogisticRegression

    found = np.full(scores.shape[1], _NEVER)
    for column in range(scores.shape[1]):
        if not 0 < labels[:, column].sum() < len(labels):
            continue
        curve = LogisticRegression(C=_LOOSE).fit(scores[:, [column]], labels[:, column])
        slope, bias = float(curve.coef_[0, 0]), float(curve.intercept_[0])
        if slope <= 0:
            continue
        half = _largest_expected_f1(1.0 / (1.0 + np.exp(-(slope * scores[:, column] + bias)))) / 2
        found[column] = (np.log(half / (1 - half)) - bias) / slope
    return found


def _largest_expected_f1(probabilities: Scores) -> float:
    """Over all numbers of texts accepted, surest first."""
    ranked = np.sort(probabilities)[::-1]
    accepted = np.arange(1, len(ranked) + 1)
    return float((2 * np.cumsum(ranked) / (accepted + ranked.sum())).max())


def linear_weight(logits: Scores, margins: Scores, labels: Labels) -> float:
    """How much the linear model's margin counts beside the network's logit, for the best macro-F1 on these texts."""

    def reached(weight: float) -> float:
        scores = logits + weight * margins
        return float(f1_of_labels(labels, scores > thresholds(scores, labels)).mean())

    return max(LINEAR_WEIGHTS, key=reached)


def calibrate(scores: Scores, classes: npt.NDArray[np.int64]) -> Calibration:
    """Fit one temperature and one bias for each class by maximum likelihood.

    Args:
        scores: (n, k) of texts with one emotion.
        classes: (n,) which.
    """
    from scipy.optimize import minimize

    rows = np.arange(len(classes))

    def loss(values: Scores) -> float:
        made = Calibration(float(np.exp(values[0])), values[1:])
        chosen = made.probabilities(scores)[rows, classes]
        return float(-np.log(chosen + 1e-12).mean() + _PENALTY * (values[1:] ** 2).sum())

    fitted = minimize(loss, np.zeros(scores.shape[1] + 1)).x
    return Calibration(float(np.exp(fitted[0])), fitted[1:])


def uncertain_below(confidences: Scores, right: npt.NDArray[np.bool_], answered_accuracy: float) -> float:
    """The least confidence from which on the answers given are right as often as wanted; 0.99 where none is."""
    order = np.argsort(-confidences)
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    enough = np.flatnonzero(accuracy >= answered_accuracy)
    return round(float(confidences[order][enough[-1]]), 3) if len(enough) else 0.99
