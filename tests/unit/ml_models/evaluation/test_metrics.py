from __future__ import annotations

import time
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_models.errors import TrainingDataError
from ml_models.evaluation import metrics

TRUTH = np.array([0, 0, 0, 0, 1, 1, 2])
ANSWER = np.array([0, 0, 0, 1, 1, 0, 2])
CLASSES = hnp.arrays(np.int64, 40, elements=st.integers(0, 2))
SPEAKERS = hnp.arrays(np.int64, 40, elements=st.integers(0, 4)).map(lambda owner: owner.astype(str).tolist())
# A few levels only, so that equal confidences are common.
CHANCES = hnp.arrays(np.float64, (40, 3), elements=st.sampled_from((1.0, 2.0, 5.0))).map(
    lambda weights: weights / weights.sum(axis=1, keepdims=True)
)
WEIGHTS = hnp.arrays(np.float64, 40, elements=st.sampled_from((0.5, 1.0, 3.0)))


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


@settings(max_examples=40, deadline=None)
@given(CLASSES, CLASSES)
def test_scores_are_those_of_scikit_learn(truth: np.ndarray, answer: np.ndarray) -> None:
    from sklearn.metrics import accuracy_score, f1_score, recall_score

    counts, occurring = metrics.confusion(truth, answer, 3), np.unique(truth)
    options = {"labels": occurring, "average": "macro", "zero_division": 0}
    assert metrics.unweighted_accuracy(counts) == pytest.approx(recall_score(truth, answer, **options))
    assert metrics.macro_f1(counts) == pytest.approx(f1_score(truth, answer, **options))
    assert metrics.weighted_accuracy(counts) == pytest.approx(accuracy_score(truth, answer))


@settings(max_examples=40, deadline=None)
@given(CLASSES, CLASSES, SPEAKERS)
def test_intervals_are_ordered_reproducible_and_blind_to_the_order_of_clips(
    truth: np.ndarray, answer: np.ndarray, speakers: list[str]
) -> None:
    first = metrics.speaker_intervals(truth, answer, speakers, 3, seed=1, resamples=50)
    assert set(first) == {"ua", "wa", "macro_f1"}
    assert all(0.0 <= found.low <= found.high <= 1.0 + 1e-12 for found in first.values())
    assert metrics.speaker_intervals(truth[::-1], answer[::-1], speakers[::-1], 3, seed=1, resamples=50) == first


@settings(max_examples=40, deadline=None)
@given(CLASSES, CLASSES, SPEAKERS)
def test_the_wa_interval_lies_between_the_worst_and_the_best_speaker(
    truth: np.ndarray, answer: np.ndarray, speakers: list[str]
) -> None:
    owner = np.array(speakers)
    each = [np.mean(truth[owner == name] == answer[owner == name]) for name in set(speakers)]
    found = metrics.speaker_intervals(truth, answer, speakers, 3, resamples=50)["wa"]
    assert min(each) - 1e-9 <= found.low <= found.high <= max(each) + 1e-9


@settings(max_examples=40, deadline=None)
@given(CLASSES, CLASSES)
def test_alike_speakers_leave_no_doubt(truth: np.ndarray, answer: np.ndarray) -> None:
    speakers = np.repeat(["a", "b", "c"], 40).tolist()
    found = metrics.speaker_intervals(np.tile(truth, 3), np.tile(answer, 3), speakers, 3, resamples=20)
    counts = metrics.confusion(truth, answer, 3)
    expected = {
        "ua": metrics.unweighted_accuracy(counts),
        "wa": metrics.weighted_accuracy(counts),
        "macro_f1": metrics.macro_f1(counts),
    }
    for name, interval in found.items():
        assert (interval.low, interval.high) == pytest.approx((expected[name], expected[name]))


def test_the_intervals_are_those_of_drawing_speakers_one_by_one() -> None:
    rng = np.random.default_rng(0)
    truth = np.tile([0, 1, 2], 40)
    owner = np.repeat(np.arange(10), 12)
    answer = np.where(rng.random(120) < np.linspace(0.2, 0.9, 10)[owner], truth, rng.integers(3, size=120))
    found = metrics.speaker_intervals(truth, answer, owner.astype(str).tolist(), 3, resamples=4_000)
    naive = []
    for _ in range(4_000):
        clips = np.concatenate([np.flatnonzero(owner == speaker) for speaker in rng.integers(10, size=10)])
        naive.append(metrics.unweighted_accuracy(metrics.confusion(truth[clips], answer[clips], 3)))
    assert (found["ua"].low, found["ua"].high) == pytest.approx(np.percentile(naive, (2.5, 97.5)), abs=0.02)


def test_the_interval_is_over_speakers_not_over_clips() -> None:
    # Four speakers are always right and four always wrong: over 800 clips the interval would be narrow.
    truth = np.tile([0, 1], 400)
    owner = np.repeat(np.arange(8), 100)
    answer = np.where(owner < 4, truth, 1 - truth)
    interval = metrics.speaker_intervals(truth, answer, owner.astype(str).tolist(), 2)["ua"]
    assert interval.high - interval.low > 0.5


def test_the_intervals_of_ninety_one_speakers_take_less_than_a_second() -> None:
    rng = np.random.default_rng(0)
    truth, answer, owner = rng.integers(8, size=7_442), rng.integers(8, size=7_442), rng.integers(91, size=7_442)
    started_s = time.process_time()
    metrics.speaker_intervals(truth, answer, owner.astype(str).tolist(), 8, resamples=2_000)
    assert time.process_time() - started_s < 1.0


def test_no_clips_have_no_interval() -> None:
    nothing = np.zeros(0, dtype=np.int64)
    with pytest.raises(TrainingDataError, match="no clips"):
        metrics.speaker_intervals(nothing, nothing, [], 2)


@settings(max_examples=40, deadline=None)
@given(CLASSES, CLASSES, CLASSES, SPEAKERS)
def test_a_difference_turns_its_sign_with_the_order_of_the_runs(
    truth: np.ndarray, one: np.ndarray, other: np.ndarray, speakers: list[str]
) -> None:
    forth = metrics.speaker_difference(truth, one, other, speakers, 3, resamples=50)
    back = metrics.speaker_difference(truth, other, one, speakers, 3, resamples=50)
    assert forth.value == -back.value
    assert (forth.interval.low, forth.interval.high) == pytest.approx((-back.interval.high, -back.interval.low))


@settings(max_examples=40, deadline=None)
@given(CLASSES, CLASSES, SPEAKERS)
def test_a_run_differs_from_itself_by_nothing(truth: np.ndarray, answer: np.ndarray, speakers: list[str]) -> None:
    found = metrics.speaker_difference(truth, answer, answer, speakers, 3, resamples=50)
    assert (found.value, found.interval) == (0.0, metrics.Interval(0.0, 0.0))


def test_pairing_sees_a_small_gain_that_every_speaker_shares() -> None:
    # Speakers differ widely, so the two intervals overlap, yet everybody gains one clip in ten.
    truth = np.zeros(200, dtype=np.int64)
    take, owner = np.tile(np.arange(10), 20), np.repeat(np.arange(20), 10)
    right = owner % 9
    first, second = (take >= right).astype(int), (take >= right + 1).astype(int)
    speakers = owner.astype(str).tolist()
    found = metrics.speaker_difference(truth, first, second, speakers, 2)
    alone = [metrics.speaker_intervals(truth, answer, speakers, 2)["ua"] for answer in (first, second)]
    assert found.value == pytest.approx(0.1)
    assert found.interval.low > 0.05
    assert alone[1].low < alone[0].high


def test_calibration_error_against_values_counted_by_hand() -> None:
    chances = np.array([[0.95, 0.05], [0.95, 0.05], [0.62, 0.38], [0.38, 0.62]])
    truth = np.array([0, 1, 0, 1])
    # Two clips at 0.95 of which half are right, two at 0.62 of which all are right.
    assert metrics.calibration_error(chances, truth) == pytest.approx(0.5 * 0.45 + 0.5 * 0.38)


def test_perfect_confidence_in_right_answers_is_calibrated() -> None:
    assert metrics.calibration_error(np.eye(3), np.arange(3)) == 0.0


@settings(max_examples=40, deadline=None)
@given(CHANCES, CLASSES)
def test_the_bins_hold_every_clip_once_and_give_the_calibration_error(chances: np.ndarray, truth: np.ndarray) -> None:
    bins = metrics.reliability(chances, truth)
    assert len(bins) == 10
    assert sum(found["clips"] for found in bins) == 40
    filled = [found for found in bins if found["clips"]]
    assert all(found["low"] - 1e-9 <= found["confidence"] <= found["high"] + 1e-9 for found in filled)
    assert all(found["accuracy"] is None for found in bins if not found["clips"])
    gap = sum(found["clips"] * abs(found["accuracy"] - found["confidence"]) for found in filled) / 40
    assert metrics.calibration_error(chances, truth) == pytest.approx(gap)


@settings(max_examples=40, deadline=None)
@given(CHANCES, CLASSES, WEIGHTS)
def test_lower_thresholds_answer_more_and_the_last_one_answers_all(
    chances: np.ndarray, truth: np.ndarray, weights: np.ndarray
) -> None:
    points = metrics.risk_coverage(chances, truth, weights)
    coverage, thresholds = ([point[name] for point in points] for name in ("coverage", "threshold"))
    assert all(earlier < later for earlier, later in pairwise(coverage))
    assert all(earlier > later for earlier, later in pairwise(thresholds))
    assert coverage[-1] == 1.0
    right = chances.argmax(axis=1) == truth
    assert points[-1]["accuracy"] == pytest.approx(np.average(right, weights=weights))


@settings(max_examples=40, deadline=None)
@given(CHANCES, CLASSES, WEIGHTS)
def test_every_point_says_what_its_threshold_does(chances: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> None:
    right = chances.argmax(axis=1) == truth
    for point in metrics.risk_coverage(chances, truth, weights):
        answered = chances.max(axis=1) >= point["threshold"]
        assert point["coverage"] == pytest.approx(np.average(answered, weights=weights))
        assert point["accuracy"] == pytest.approx(np.average(right[answered], weights=weights[answered]))


def test_many_clips_make_at_most_fifty_points() -> None:
    rng = np.random.default_rng(0)
    chances = rng.dirichlet(np.ones(4), size=3_000)
    points = metrics.risk_coverage(chances, rng.integers(4, size=3_000))
    assert len(points) == 50
    assert points[0]["coverage"] == pytest.approx(0.02)


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


@settings(max_examples=40, deadline=None)
@given(CHANCES, CLASSES, st.floats(0.1, 1.0))
def test_the_threshold_keeps_its_promise_where_confidences_are_equal(
    chances: np.ndarray, truth: np.ndarray, wanted: float
) -> None:
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == truth
    threshold = metrics.uncertain_threshold(chances, truth, answered_accuracy=wanted)
    kept = {level: right[confidence >= level].mean() for level in np.unique(confidence)}
    if max(kept.values()) >= wanted:
        assert kept[threshold] >= wanted
        assert not any(kept[level] >= wanted for level in kept if level < threshold)
    else:
        assert threshold == np.median(confidence)


def test_where_no_threshold_suffices_half_is_answered() -> None:
    chances = np.array([[0.9, 0.1], [0.8, 0.2], [0.7, 0.3]])
    assert metrics.uncertain_threshold(chances, np.ones(3, dtype=int), answered_accuracy=0.5) == pytest.approx(0.8)
