from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_models.evaluation import metrics

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 0, 2])


def test_scores_against_values_counted_by_hand() -> None:
    counts = metrics.confusion(TRUTH, ANSWER, 4)
    assert counts.tolist() == [[3, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert metrics.recalls(counts)[:3].tolist() == [0.75, 0.5, 1.0]
    assert np.isnan(metrics.recalls(counts)[3])
    assert metrics.unweighted_accuracy(counts) == pytest.approx((0.75 + 0.5 + 1.0) / 3)
    assert metrics.weighted_accuracy(counts) == pytest.approx(5 / 7)
    # F1: 2·3/(4+4), 2·1/(2+2), 2·1/(1+1); the fourth class does not occur.
    assert metrics.macro_f1(counts) == pytest.approx((0.75 + 0.5 + 1.0) / 3)


def test_a_class_that_is_answered_but_never_occurs_costs_its_victims_only() -> None:
    counts = metrics.confusion(np.array([0, 0]), np.array([0, 1]), 2)
    assert metrics.unweighted_accuracy(counts) == 0.5
    assert metrics.macro_f1(counts) == pytest.approx(2 / 3)


def test_calibration_error_against_values_counted_by_hand() -> None:
    chances = np.array([[0.95, 0.05], [0.95, 0.05], [0.62, 0.38], [0.38, 0.62]])
    truth = np.array([0, 1, 0, 1])
    # Two clips at 0.95 of which half are right, two at 0.62 of which all are right.
    assert metrics.calibration_error(chances, truth) == pytest.approx(0.5 * 0.45 + 0.5 * 0.38)


def test_perfect_confidence_in_right_answers_is_calibrated() -> None:
    assert metrics.calibration_error(np.eye(3), np.arange(3)) == 0.0


@given(hnp.arrays(np.int64, 40, elements=st.integers(0, 2)), hnp.arrays(np.int64, 40, elements=st.integers(0, 2)))
def test_the_interval_lies_in_the_unit_range_and_is_reproducible(truth: np.ndarray, answer: np.ndarray) -> None:
    speakers = [str(index % 5) for index in range(40)]
    first = metrics.speaker_interval(truth, answer, speakers, 3, seed=1, resamples=50)
    assert first == metrics.speaker_interval(truth, answer, speakers, 3, seed=1, resamples=50)
    assert 0.0 <= first.low <= first.high <= 1.0


def test_the_interval_is_over_speakers_not_over_clips() -> None:
    # Four speakers are always right and four always wrong: over 800 clips the interval would be narrow.
    truth = np.tile([0, 1], 400)
    owner = np.repeat(np.arange(8), 100)
    answer = np.where(owner < 4, truth, 1 - truth)
    interval = metrics.speaker_interval(truth, answer, owner.astype(str).tolist(), 2)
    assert interval.high - interval.low > 0.5


def test_the_threshold_answers_as_often_as_the_accuracy_allows() -> None:
    confidence = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    chances = np.stack([confidence, (1 - confidence) / 2, (1 - confidence) / 2], axis=1)
    truth = np.array([0, 0, 1, 0, 1])
    assert metrics.uncertain_threshold(chances, truth, answered_accuracy=0.75) == pytest.approx(0.6)
    assert metrics.uncertain_threshold(chances, truth, answered_accuracy=1.0) == pytest.approx(0.8)
    assert metrics.uncertain_threshold(chances, truth, answered_accuracy=0.6) == pytest.approx(0.5)
    # The wrong third clip weighs so much that nothing after it reaches the accuracy.
    weights = np.array([1, 1, 10, 1, 1])
    assert metrics.uncertain_threshold(chances, truth, answered_accuracy=0.7, weights=weights) == pytest.approx(0.8)


def test_where_no_threshold_suffices_half_is_answered() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    assert metrics.uncertain_threshold(chances, np.ones(3, dtype=int), answered_accuracy=0.5) == pytest.approx(0.8)
