from __future__ import annotations

import itertools
import math

from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.calls.spans import Span, between, crossed, joined, longest, total, without

spans = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda ends: (float(min(ends)), float(max(ends))))
)


def seconds(found: list[Span]) -> set[int]:
    """The whole seconds that spans cover."""
    return {second for start, end in found for second in range(int(start), int(end))}


@given(spans)
def test_joined_spans_cover_the_same_time_in_order_and_apart(some: list[Span]) -> None:
    found = joined(some)
    assert seconds(found) == seconds(some)
    assert all(before[1] < after[0] for before, after in itertools.pairwise(found))
    assert total(found) == len(seconds(some))


@given(spans, spans)
def test_crossing_and_cutting_are_those_of_sets(some: list[Span], others: list[Span]) -> None:
    one, other = joined(some), joined(others)
    assert seconds(crossed(one, other)) == seconds(one) & seconds(other)
    assert seconds(without(one, other)) == seconds(one) - seconds(other)
    assert total(crossed(one, other)) + total(without(one, other)) == total(one)


def test_gaps_lie_between() -> None:
    assert between([(0.0, 1.0), (3.0, 4.0), (9.0, 10.0)]) == [(1.0, 3.0), (4.0, 9.0)]
    assert between([(0.0, 1.0)]) == []


def test_the_longest_come_in_order_of_time() -> None:
    assert longest([(0.0, 1.0), (5.0, 9.0), (2.0, 4.0)], 2) == [(2.0, 4.0), (5.0, 9.0)]


def test_nothing_has_no_length() -> None:
    assert math.isclose(total([]), 0.0)
    assert joined([(1.0, 1.0)]) == []
