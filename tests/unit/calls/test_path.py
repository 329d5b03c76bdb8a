from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from emotion_clf.calls import Timeline, Turn
from emotion_clf.calls.path import customer_path, judged_s
from tests.unit.calls.timelines import call, calls, certain, conversation, judge, of_customer


def test_a_path_goes_from_window_to_window_of_the_customer_alone() -> None:
    timeline = conversation("angry", "angry", "neutral", "happy")
    path = customer_path(timeline)
    assert path.speaker == "B"
    assert [point.window for point in path.points] == of_customer(timeline)
    assert [point.valence for point in path.points] == [-1, -1, -1, -1, 0, 0, 1, 1]


def test_smoothing_leans_on_neighbours_and_keeps_the_direction() -> None:
    smoothed = [point.smoothed for point in customer_path(conversation("angry", "angry", "happy", "happy")).points]
    assert smoothed == sorted(smoothed)
    assert -1 < smoothed[0] < -0.9
    assert 0.9 < smoothed[-1] < 1


def test_nothing_is_made_up_where_the_customer_is_silent() -> None:
    timeline = judge(
        call([Turn(0, 8, "B"), Turn(8, 92, "A"), Turn(92, 100, "B")]), [certain("angry")] * 2 + [certain("happy")] * 2
    )
    path = customer_path(timeline)
    assert [point.time_s for point in path.points] == [2, 6, 94, 98]
    # 84 s lie between: neither end of the call reaches the other.
    assert [point.smoothed for point in path.points] == pytest.approx([-1, -1, 1, 1])
    assert [quarter.valence for quarter in path.quarters] == [-1, None, None, 1]
    assert [quarter.judged_s for quarter in path.quarters] == [8, 0, 0, 8]


def test_quarters_divide_the_time_from_first_to_last_speech() -> None:
    timeline = call([Turn(20, 40, "A"), Turn(40, 60, "B")])
    quarters = customer_path(judge(timeline, [certain("sad")] * 5)).quarters
    assert [(quarter.start_s, quarter.end_s) for quarter in quarters] == [(20, 30), (30, 40), (40, 50), (50, 60)]
    assert [quarter.valence for quarter in quarters] == [None, None, pytest.approx(-0.6), pytest.approx(-0.6)]


def test_what_two_say_at_once_weighs_nothing() -> None:
    timeline = call([Turn(0, 8, "B"), Turn(4, 8, "A"), Turn(8, 12, "B")])
    path = customer_path(judge(timeline, [certain("happy"), certain("angry"), certain("happy")]))
    assert [point.valence for point in path.points] == [1, 1]
    assert judged_s(timeline, "B", of_customer(timeline)) == 8


def test_a_mean_weighs_windows_by_speech() -> None:
    timeline = call([Turn(0, 4, "B"), Turn(4, 5, "B"), Turn(40, 41, "A")])
    first = customer_path(judge(timeline, [certain("angry"), certain("happy")])).quarters[0]
    assert first.valence == pytest.approx((-4 + 1) / 5)


def test_windows_that_overlap_count_once() -> None:
    timeline = conversation("sad")
    again = [replace(window, start_s=window.start_s - 1, end_s=window.end_s - 1) for window in of_customer(timeline)]
    twice = replace(timeline, windows=(*timeline.windows, *again), hop_s=1.0)
    path = customer_path(twice)
    assert len(path.points) == 4
    assert judged_s(twice, "B", [point.window for point in path.points]) == 8


def test_another_speaker_has_no_path_unless_judged() -> None:
    timeline = conversation("angry", "happy")
    assert customer_path(timeline, "A").points == ()
    assert customer_path(judge(timeline, [certain("sad")] * 3, "A"), "A").points[0].valence == pytest.approx(-0.6)


def test_where_nobody_speaks_there_is_no_path() -> None:
    path = customer_path(call([], customer=None))
    assert path.as_dict() == {"speaker": None, "points": [], "quarters": []}


@given(calls())
def test_paths_stay_on_the_scale_and_quarters_hold_every_point(timeline: Timeline) -> None:
    path = customer_path(timeline)
    assert all(-1 - 1e-9 <= point.smoothed <= 1 + 1e-9 for point in path.points)
    assert [point for quarter in path.quarters for point in quarter.points] == list(path.points)
    assert all((quarter.valence is None) == (not quarter.points) for quarter in path.quarters)
