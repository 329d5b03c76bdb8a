from __future__ import annotations

import numpy as np
import pytest

from ml_models.text.deciding import Calibration, calibrate, linear_weight, thresholds, uncertain_below
from ml_models.text.measures import calibration_error, f1_of_labels, multi_label, one_label


def scored(seed: int, texts: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Scores whose odds are the true ones: a label holds with probability sigmoid(score)."""
    generator = np.random.default_rng(seed)
    scores = generator.normal([-3.0, -1.0], 2.0, (texts, 2))
    labels = (generator.random((texts, 2)) < 1 / (1 + np.exp(-scores))).astype(np.float32)
    return scores, labels


def test_the_threshold_is_close_to_the_best_of_all() -> None:
    scores, labels = scored(0)
    reached = f1_of_labels(labels, scores > thresholds(scores, labels))
    for column in range(2):
        best = max(
            float(f1_of_labels(labels[:, [column]], scores[:, [column]] > limit)[0])
            for limit in np.linspace(-4, 3, 200)
        )
        assert reached[column] > best - 0.02


def test_a_threshold_is_half_of_the_f1_it_promises() -> None:
    scores, labels = scored(1)
    limits = thresholds(scores, labels)
    reached = f1_of_labels(labels, scores > limits)
    assert 1 / (1 + np.exp(-limits)) == pytest.approx(reached / 2, abs=0.03)


def test_a_label_nobody_has_is_never_given() -> None:
    scores, labels = scored(2)
    labels[:, 0] = 0
    assert not (scores > thresholds(scores, labels))[:, 0].any()


def test_the_linear_model_counts_where_it_knows_more() -> None:
    scores, labels = scored(3)
    noise = np.random.default_rng(0).normal(0, 2, scores.shape)
    assert linear_weight(noise, scores, labels) == 3.0
    assert linear_weight(scores, noise, labels) == 0.0


def test_calibration_makes_overconfident_scores_honest() -> None:
    generator = np.random.default_rng(4)
    honest = generator.normal(0, 1.5, (6000, 4))
    odds = np.exp(honest) / np.exp(honest).sum(axis=1, keepdims=True)
    classes = np.array([generator.choice(4, p=row) for row in odds])
    loud = honest * 4
    fitted = calibrate(loud, classes)
    assert fitted.temperature == pytest.approx(4, rel=0.1)
    before = calibration_error(Calibration(1.0, np.zeros(4)).probabilities(loud), classes)
    assert calibration_error(fitted.probabilities(loud), classes) < 0.03 < before


def test_the_uncertain_threshold_keeps_its_promise() -> None:
    generator = np.random.default_rng(5)
    confidences = generator.random(5000)
    right = generator.random(5000) < confidences
    limit = uncertain_below(confidences, right, 0.8)
    assert right[confidences >= limit].mean() == pytest.approx(0.8, abs=0.01)
    assert uncertain_below(confidences, np.zeros(5000, bool), 0.8) == 0.99


def test_f1_is_that_of_scikit_learn() -> None:
    from sklearn.metrics import f1_score

    generator = np.random.default_rng(6)
    labels, decided = generator.random((2, 300, 5)) < 0.3
    figures = multi_label(labels, decided, list("abcde"))
    assert figures["macro_f1"] == pytest.approx(f1_score(labels, decided, average="macro"), abs=1e-4)
    assert figures["micro_f1"] == pytest.approx(f1_score(labels, decided, average="micro"), abs=1e-4)
    low, high = figures["macro_f1_interval"]
    assert low < figures["macro_f1"] < high


def test_one_label_counts_every_text_once() -> None:
    classes = np.array([0, 0, 1, 2])
    probabilities = np.array([[0.9, 0.1, 0.0], [0.2, 0.8, 0.0], [0.1, 0.9, 0.0], [0.0, 0.4, 0.6]])
    figures = one_label(classes, probabilities, ["a", "b", "c"])
    assert figures["confusion"] == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert figures["accuracy"] == 0.75
    assert figures["recall"] == {"a": 0.5, "b": 1.0, "c": 1.0}
