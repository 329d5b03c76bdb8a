from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given

from emotion_clf.calls import Timeline, Turn
from emotion_clf.calls.moments import MAX_OF_A_KIND, Moment, key_moments
from emotion_clf.calls.path import Point, customer_path
from emotion_clf.calls.swings import SWING, swings
from tests.unit.calls.timelines import call, calls, certain, conversation, judge, leaning, of_customer


def kinds(timeline: Timeline, kind: str) -> list[Moment]:
    return [moment for moment in key_moments(timeline) if moment.kind == kind]


def path(*levels: float) -> list[Point]:
    window = of_customer(conversation("sad"))[0]
    return [Point(3.0 * place, level, level, 3.0, window) for place, level in enumerate(levels)]


def test_a_call_that_turns_has_one_turning_point_where_it_turns() -> None:
    timeline = conversation("angry", "angry", "angry", "happy", "happy", "happy")
    (turn,) = kinds(timeline, "turning point")
    # The angry part ends at 36 s, the happy one begins at 40 s.
    assert turn.start_s < 40 < turn.end_s
    assert turn.end_s - turn.start_s < 24
    assert turn.speaker == "B"
    assert turn.text.startswith("The customer's voice becomes more pleasant: from -")


def test_there_and_back_are_two_turning_points() -> None:
    timeline = conversation(*["neutral"] * 3, *["angry"] * 3, *["neutral"] * 3)
    assert [moment.text.split()[4] for moment in kinds(timeline, "turning point")] == ["less", "more"]


def test_a_steady_call_has_no_turning_point_nor_peak() -> None:
    timeline = conversation(*["neutral"] * 6)
    assert key_moments(timeline) == ()


def test_one_window_that_stands_out_is_no_turning_point() -> None:
    timeline = conversation(*["neutral"] * 6)
    moods = [certain("neutral")] * 5 + [leaning("angry", 0.8)] + [certain("neutral")] * 6
    assert kinds(judge(timeline, moods), "turning point") == []


def test_peaks_are_the_surest_extremes() -> None:
    timeline = conversation("neutral", "neutral", "neutral")
    moods = [
        leaning("angry", 0.7),
        leaning("angry", 0.95),
        certain("neutral"),
        certain("neutral"),
        leaning("happy", 0.9),
        certain("neutral"),
    ]
    low, high = kinds(judge(timeline, moods), "peak")
    assert (low.start_s, low.text) == (8, "The customer's voice is at its most unpleasant: angry, 95 %.")
    assert high.text == "The customer's voice is at its most pleasant: happy, 90 %."


def test_an_uncertain_window_is_no_peak() -> None:
    timeline = conversation("angry", "neutral", "happy")
    doubtful = replace(timeline, windows=tuple(replace(window, uncertain=True) for window in timeline.windows))
    assert kinds(timeline, "peak")
    assert kinds(doubtful, "peak") == []


def test_silences_and_overlaps_are_named_with_their_lengths() -> None:
    found = key_moments(call([Turn(0, 10, "A"), Turn(17, 30, "B"), Turn(28, 40, "A"), Turn(39.5, 45, "B")]))
    assert [(moment.kind, moment.start_s, moment.end_s, moment.text) for moment in found] == [
        ("long silence", 10, 17, "Nobody speaks for 7 s."),
        ("overlap", 28, 30, "Both sides speak at once for 2.0 s."),
    ]


def test_the_longest_of_a_kind_are_kept_in_order_of_time() -> None:
    turns, time_s = [], 0.0
    for number in range(9):
        turns.append(Turn(time_s, time_s + 2, "AB"[number % 2]))
        time_s += 2 + 5 + number
    found = key_moments(call(turns))
    assert [moment.end_s - moment.start_s for moment in found] == [8, 9, 10, 11, 12]


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((), []),
        ((0.5,), []),
        ((0.0, 0.2, 0.0, 0.2), []),
        ((0.0, 0.2, -0.2), [(0.2, -0.2)]),
        ((-0.5, -0.4, 0.4, 0.3), [(-0.5, 0.4)]),
        ((0.0, -0.6, -0.5, -0.6, 0.1, 0.0, 0.4), [(0.0, -0.6), (-0.6, 0.4)]),
    ],
)
def test_swings_go_from_extreme_to_extreme(levels: tuple[float, ...], expected: list[tuple[float, float]]) -> None:
    assert [(swing.before, swing.after) for swing in swings(path(*levels))] == expected


def test_a_slow_drift_before_a_turn_is_left_out() -> None:
    (swing,) = swings(path(0.0, -0.02, -0.04, -0.06, -0.8, -0.82, -0.84))
    assert (swing.start_s, swing.end_s) == (9, 12)


@given(calls())
def test_moments_are_few_in_order_and_within_the_call(timeline: Timeline) -> None:
    found = key_moments(timeline)
    assert [moment.start_s for moment in found] == sorted(moment.start_s for moment in found)
    assert all(0 <= moment.start_s < moment.end_s <= timeline.duration_s for moment in found)
    assert len(found) <= 3 * MAX_OF_A_KIND + 2
    assert all(moment.as_dict()["text"].endswith(".") for moment in found)
    turns = swings(customer_path(timeline).points)
    assert all(abs(swing.after - swing.before) >= SWING for swing in turns)
    assert all(before.end_s <= after.start_s for before, after in itertools.pairwise(turns))
