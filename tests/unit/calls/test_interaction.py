from __future__ import annotations

import pytest
from hypothesis import given

from emotion_clf.calls import Timeline, Turn
from emotion_clf.calls.interaction import interaction
from tests.unit.calls.timelines import call, calls, conversation


def test_shares_of_talk_silence_and_overlap() -> None:
    # 60 s from the first to the last word: the agent 20 s, the customer 30 s, 5 s of these both, 15 s nobody.
    measured = interaction(call([Turn(10, 30, "A"), Turn(25, 45, "B"), Turn(60, 70, "B")]))
    assert measured.talk_share == pytest.approx(30 / 50)
    assert measured.overlap_share == pytest.approx(5 / 60)
    assert measured.silence_share == pytest.approx(15 / 60)
    assert measured.long_silence_share == pytest.approx(15 / 60)
    assert measured.silences == ((45, 60),)
    assert measured.longest_silence == (45, 60)
    assert measured.overlaps == ((25, 30),)


def test_a_short_pause_is_silence_but_no_long_one() -> None:
    measured = interaction(call([Turn(0, 10, "A"), Turn(14.5, 20, "B")]))
    assert measured.silences == ()
    assert measured.longest_silence == (10, 14.5)
    assert measured.silence_share == pytest.approx(4.5 / 20)
    assert measured.long_silence_share == 0


def test_who_begins_over_the_other_and_goes_on_interrupts() -> None:
    measured = interaction(call([Turn(0, 10, "A"), Turn(8, 20, "B"), Turn(19, 30, "A")]))
    assert measured.by_customer == ((8, 10),)
    assert measured.of_customer == ((19, 20),)
    assert measured.by_customer_per_min == pytest.approx(2)
    assert measured.of_customer_per_min == pytest.approx(2)


@pytest.mark.parametrize(
    ("start", "end", "counts"), [(4.0, 4.4, False), (4.0, 4.5, True), (0.4, 5.0, False), (9.6, 15.0, False)]
)
def test_a_short_mhm_a_shared_beginning_and_a_quick_reply_do_not_interrupt(
    start: float, end: float, counts: bool
) -> None:
    measured = interaction(call([Turn(0, 10, "B"), Turn(start, end, "A")]))
    assert bool(measured.of_customer) is counts
    assert measured.by_customer == ()


def test_replies_run_from_the_customers_end_to_the_agents_beginning() -> None:
    turns = [Turn(0, 5, "B"), Turn(7, 9, "A"), Turn(10, 12, "B"), Turn(13, 15, "B"), Turn(19, 20, "A")]
    measured = interaction(call(turns))
    assert measured.replies == ((5, 7), (15, 19))
    assert measured.reply_gap_s == pytest.approx(3)


def test_one_who_already_speaks_keeps_nobody_waiting() -> None:
    measured = interaction(call([Turn(0, 5, "B"), Turn(4, 9, "A"), Turn(10, 12, "B")]))
    assert measured.replies == ()
    assert measured.reply_gap_s is None


def test_pace_by_quarters_where_it_was_counted() -> None:
    turns = [Turn(0, 10, "B", 50), Turn(10, 20, "A", 90), Turn(20, 30, "B"), Turn(30, 40, "B", 20)]
    assert interaction(call(turns)).pace == (5, None, None, 2)


def test_a_turn_across_a_border_counts_on_both_sides() -> None:
    assert interaction(call([Turn(0, 20, "B", 60), Turn(20, 40, "A")])).pace == (3, 3, None, None)


def test_one_voice_has_silences_but_nothing_between_two() -> None:
    measured = interaction(call([Turn(0, 5, "B"), Turn(15, 20, "B")]))
    assert measured.silence_share == pytest.approx(0.5)
    assert measured.talk_share is None
    assert measured.overlap_share is None
    assert measured.reply_gap_s is None
    assert measured.by_customer_per_min is None
    assert measured.of_customer_per_min is None


def test_all_others_are_one_side() -> None:
    measured = interaction(call([Turn(0, 10, "A"), Turn(10, 20, "C"), Turn(20, 25, "B")]))
    assert measured.talk_share == pytest.approx(0.2)


def test_where_nobody_speaks_nothing_is_measured() -> None:
    measured = interaction(call([], customer=None))
    assert measured.silence_share is None
    assert measured.pace == ()
    assert measured.as_dict()["longest_silence"] is None


def test_what_is_told_to_programs_is_rounded_and_named() -> None:
    told = interaction(conversation("angry", "sad", "happy")).as_dict()
    assert told["talk_share"] == pytest.approx(0.6)
    assert told["replies"] == [[12, 12], [24, 24], [36, 36]]
    assert told["reply_gap_s"] == 0


@given(calls())
def test_shares_are_shares_and_time_adds_up(timeline: Timeline) -> None:
    measured = interaction(timeline)
    for share in (measured.talk_share, measured.overlap_share, measured.silence_share, measured.long_silence_share):
        assert share is None or 0 <= share <= 1
    assert (measured.long_silence_share or 0) <= (measured.silence_share or 0)
    assert all(end - start >= 5 for start, end in measured.silences)
    inside = [*measured.by_customer, *measured.of_customer]
    assert all(any(low <= start and end <= high for low, high in measured.overlaps) for start, end in inside)
