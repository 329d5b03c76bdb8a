from __future__ import annotations

import math
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.calls import Timeline, Turn
from emotion_clf.calls.score import BASE, HIGHEST, LOWEST, MIN_QUARTER_S, DeescalationScore, score
from emotion_clf.calls.valence import window_doubt, window_valence
from tests.unit.calls.timelines import answers, call, calls, certain, conversation, judge, judged, leaning, of_customer


def told(found: DeescalationScore) -> tuple[object, ...]:
    """What a score says, but for the times of its evidence."""
    parts = [
        (part.name, part.points, part.sentence, [place.text for place in part.evidence]) for part in found.components
    ]
    return found.value, found.unclamped, parts, found.interval, found.coverage, found.reason, found.notes


def points(found: DeescalationScore) -> dict[str, float]:
    return {component.name: component.points for component in found.components}


def test_a_call_that_ends_calmer_scores_high_and_one_that_ends_angrier_low() -> None:
    up = score(conversation("angry", "angry", "neutral", "happy"))
    down = score(conversation("happy", "neutral", "angry", "angry"))
    assert up.value == HIGHEST
    assert down.value == LOWEST
    assert up.unclamped is not None
    assert up.unclamped > HIGHEST


def test_the_formula_by_hand() -> None:
    # Quarters of 13 s; the customer's windows: -0.6 twice, then 0 twice, then 0.
    found = score(conversation("sad", "neutral", "neutral", "neutral"))
    assert [quarter.valence for quarter in found.quarters] == [pytest.approx(-0.6), 0, 0, 0]
    assert points(found) == {
        "Quarter 1 to 2": 1.2,
        "Quarter 2 to 3": 0,
        "Quarter 3 to 4": 0,
        "End of the call": 0,
        "Long silences": 0,
        "Replies to the customer": 0,
        "Interruptions of the customer": 0,
        "The customer's pace": 0,
        "Talk share": 0,
    }
    assert found.value == 6.7
    assert found.interval == (6.7, 6.7)
    assert found.coverage == 1


def test_a_quarter_without_the_customer_is_stepped_over() -> None:
    turns = [Turn(0, 20, "B"), Turn(20, 60, "A"), Turn(60, 80, "B")]
    found = score(judge(call(turns), [certain("angry")] * 5 + [certain("neutral")] * 5))
    assert points(found)["Quarter 1 to 4"] == 4
    assert "Quarter 1 to 2" not in points(found)


def test_later_steps_count_more() -> None:
    steps = [
        points(score(conversation(*("sad",) * before, *("neutral",) * (4 - before))))[
            f"Quarter {before} to {before + 1}"
        ]
        for before in (1, 2, 3)
    ]
    assert steps == [1.2, 1.8, 2.4]


@pytest.mark.parametrize(
    ("timeline", "reason"),
    [
        (call([], customer=None), "no customer is heard"),
        (call([Turn(0, 40, "A")], customer="B"), "no customer is heard"),
        (conversation("angry", "happy", talk_s=4), "8 s of the customer were judged"),
        (call([Turn(0, 40, "B"), Turn(40, 50, "A")]), "0 s of the customer were judged"),
        (judge(call([Turn(0, 20, "B"), Turn(20, 180, "A")]), [certain("sad")] * 5), "in one quarter"),
    ],
    ids=["nobody", "not the customer", "too short", "not judged", "one quarter"],
)
def test_without_enough_to_go_by_there_is_a_reason_instead_of_a_number(timeline: Timeline, reason: str) -> None:
    found = score(timeline)
    assert found.value is None
    assert found.unclamped is None
    assert found.interval is None
    assert found.components == ()
    assert found.reason is not None
    assert found.reason.startswith("Not enough speech")
    assert reason in found.reason


def test_a_customer_who_is_mostly_talked_over_gets_no_score() -> None:
    turns = [Turn(0, 40, "B"), Turn(0, 24, "A")]
    found = score(judge(call(turns), [certain("sad")] * 10))
    assert found.coverage == pytest.approx(0.4)
    assert found.reason is not None
    assert "only 40 %" in found.reason


def test_slow_replies_silences_and_interruptions_cost_points() -> None:
    good = score(conversation("sad", "sad", "neutral", "neutral"))
    turns = [
        turn for start in range(0, 100, 25) for turn in (Turn(start, start + 8, "B"), Turn(start + 16, start + 20, "A"))
    ]
    slow = points(score(judge(call(turns), [certain("sad")] * 4 + [certain("neutral")] * 10)))
    assert slow["Replies to the customer"] == -0.3
    assert slow["Long silences"] == -0.3
    over = [
        turn for start in range(0, 48, 12) for turn in (Turn(start, start + 8, "B"), Turn(start + 6, start + 12, "A"))
    ]
    interrupted = points(score(judge(call(over), [certain("sad")] * 12)))
    assert interrupted["Interruptions of the customer"] == -0.4
    assert all(points(good)[name] == 0 for name in ("Replies to the customer", "Long silences", "Talk share"))


@pytest.mark.parametrize(("last", "expected"), [(40, 0.0), (32, 0.3), (50, -0.3), (46, -0.15)])
def test_a_voice_that_slows_down_gains_and_one_that_hurries_loses(last: int, expected: float) -> None:
    turns = [Turn(0, 10, "B", 40), Turn(10, 30, "A"), Turn(30, 40, "B", last)]
    found = score(judge(call(turns), [certain("neutral")] * 6))
    assert points(found)["The customer's pace"] == expected


@pytest.mark.parametrize(("customer_s", "expected"), [(50, 0.0), (10, -0.2), (96, -0.2), (20, -0.1)])
def test_one_who_hardly_speaks_or_hardly_listens_costs_points(customer_s: int, expected: float) -> None:
    turns = [
        turn
        for start in (0, 100)
        for turn in (Turn(start, start + customer_s, "B"), Turn(start + customer_s, start + 100, "A"))
    ]
    timeline = call(turns)
    found = score(judge(timeline, [certain("neutral")] * len(of_customer(timeline))))
    assert points(found)["Talk share"] == expected


def test_with_one_voice_what_takes_two_is_not_measured() -> None:
    found = score(judge(call([Turn(0, 40, "B")]), [certain("sad")] * 10))
    unmeasured = {component.name for component in found.components if not component.measured}
    assert unmeasured == {
        "Replies to the customer",
        "Interruptions of the customer",
        "The customer's pace",
        "Talk share",
    }
    assert all(points(found)[name] == 0 for name in unmeasured)
    assert any("Only one voice" in note for note in found.notes)


def test_doubt_widens_the_interval() -> None:
    def width(confidence: float) -> float:
        moods = [leaning("sad", confidence)] * 4 + [leaning("neutral", confidence)] * 4
        found = score(judge(conversation("sad", "sad", "sad", "sad"), moods))
        assert found.interval is not None
        return found.interval[1] - found.interval[0]

    widths = [width(confidence) for confidence in (1.0, 0.95, 0.8, 0.5)]
    assert widths[0] == 0
    assert widths == sorted(widths)


def test_errors_of_windows_of_a_quarter_are_correlated_and_of_quarters_are_not() -> None:
    moods = [leaning("sad", 0.7)] * 8
    timeline = judge(conversation("sad", "sad", "sad", "sad"), moods)
    found = score(timeline)
    assert found.interval is not None
    doubt = window_doubt(of_customer(timeline)[0])
    # Two windows of like weight in each quarter; the slopes of the score are -2, -1, -1 and 6.
    deviation = doubt * math.sqrt((0.75 / 2 + 0.25) * (4 + 1 + 1 + 36))
    assert found.interval[1] - (found.value or 0) == pytest.approx(1.645 * deviation)


def test_a_better_middle_alone_is_a_fall_that_came_late() -> None:
    flat = score(conversation("sad", "sad", "sad", "sad"))
    bump = score(conversation("sad", "sad", "neutral", "sad"))
    assert (flat.unclamped or 0) - (bump.unclamped or 0) == pytest.approx(0.6)


def test_guesses_and_strange_labels_are_noted() -> None:
    found = score(replace(conversation("sad", "sad", "sad"), customer_chosen=False, labels=("sad", "wistful")))
    assert any("guess" in note for note in found.notes)
    assert any("wistful" in note for note in found.notes)


def test_each_part_of_the_way_names_a_place_that_lies_in_it() -> None:
    found = score(conversation("angry", "angry", "neutral", "happy"))
    for component in found.components[:4]:
        assert component.evidence
    assert [place.start_s for place in found.evidence] == sorted(place.start_s for place in found.evidence)
    step = found.components[0].evidence
    assert found.quarters[0].start_s <= step[0].start_s < found.quarters[0].end_s
    assert step[0].text == "angry 100 %"


def test_programs_are_told_what_people_are() -> None:
    found = score(conversation("angry", "angry", "neutral", "neutral"))
    fields = found.as_dict()
    assert fields["value"] == round(found.value or 0, 1)
    assert fields["base"] + sum(part["points"] for part in fields["components"]) == pytest.approx(fields["unclamped"])
    assert fields["scale"] == [1, 10]
    assert len(fields["quarters"]) == 4


# What has to hold whatever the call.


@given(calls())
def test_a_score_is_on_its_scale_within_its_interval_and_the_sum_of_its_parts(timeline: Timeline) -> None:
    found = score(timeline)
    assert (found.value is None) == (found.reason is not None)
    assert found.coverage is None or 0 <= found.coverage <= 1
    if found.value is not None and found.unclamped is not None and found.interval is not None:
        assert LOWEST <= found.interval[0] <= found.value <= found.interval[1] <= HIGHEST
        parts = [component.points for component in found.components]
        assert round(BASE + math.fsum(parts), 2) == found.unclamped
        assert all(round(part, 2) == part for part in parts)
        assert not any(
            "-0.00" in f"{part:.2f} {component.sentence}"
            for part, component in zip(parts, found.components, strict=True)
        )
        assert abs(math.fsum(parts[-5:])) <= 1.5 + 1e-9


@given(calls(), st.data())
def test_a_more_pleasant_end_never_scores_lower(timeline: Timeline, data: st.DataObject) -> None:
    before = score(timeline)
    known = [
        quarter for quarter in before.quarters if quarter.valence is not None and quarter.judged_s >= MIN_QUARTER_S
    ]
    if before.value is None:
        return
    last = [point.window for point in known[-1].points]
    windows = []
    for window in timeline.windows:
        raised = judged(window, data.draw(answers)) if window in last else window
        windows.append(raised if window_valence(raised) >= window_valence(window) else window)
    after = score(replace(timeline, windows=tuple(windows)))
    assert after.value is not None
    assert after.value >= before.value


@given(calls(), st.sampled_from([0.25, 0.5, 2.0, 1024.0]), st.integers(-400, 400))
def test_the_clock_of_the_recording_does_not_matter(timeline: Timeline, rate: float, shift: int) -> None:
    def moved(time: float) -> float:
        return time * rate + shift / 4

    other = replace(
        timeline,
        duration_s=moved(timeline.duration_s),
        window_s=timeline.window_s * rate,
        hop_s=timeline.hop_s * rate,
        turns=tuple(replace(turn, start_s=moved(turn.start_s), end_s=moved(turn.end_s)) for turn in timeline.turns),
        windows=tuple(
            replace(
                window,
                start_s=moved(window.start_s),
                end_s=moved(window.end_s),
                speech_s=window.speech_s * rate,
                overlap_s=window.overlap_s * rate,
            )
            for window in timeline.windows
        ),
    )
    assert told(score(other, units_per_s=rate)) == told(score(timeline))


@given(calls(), st.data())
def test_what_the_agent_sounds_like_does_not_matter(timeline: Timeline, data: st.DataObject) -> None:
    windows = tuple(
        judged(window, data.draw(st.none() | answers)) if window.speaker not in {None, timeline.customer} else window
        for window in timeline.windows
    )
    assert score(replace(timeline, windows=windows)) == score(timeline)


@given(calls(), st.permutations(["A", "B", "left", "=evil"]))
def test_names_do_not_matter(timeline: Timeline, names: list[str]) -> None:
    called = dict(zip(["A", "B"], names, strict=False))
    other = replace(
        timeline,
        speakers=tuple(called[name] for name in timeline.speakers),
        customer=called[timeline.customer or ""],
        turns=tuple(replace(turn, speaker=called[turn.speaker]) for turn in timeline.turns),
        windows=tuple(
            replace(window, speaker=called[window.speaker] if window.speaker else None) for window in timeline.windows
        ),
    )
    assert told(score(other)) == told(score(timeline))


@given(calls(), st.randoms(use_true_random=False))
def test_order_does_not_matter(timeline: Timeline, random: Random) -> None:
    windows = tuple(random.sample(timeline.windows, len(timeline.windows)))
    turns = tuple(random.sample(timeline.turns, len(timeline.turns)))
    assert score(replace(timeline, windows=windows, turns=turns)) == score(timeline)
