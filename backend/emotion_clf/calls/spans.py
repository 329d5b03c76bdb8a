"""Stretches of time: joined, crossed, cut out of one another. A span is its start and its end."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Span = tuple[float, float]


def joined(spans: Iterable[Span]) -> list[Span]:
    """The time that any of the spans covers, in order; spans that meet become one, empty ones vanish."""
    found: list[Span] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def crossed(first: Sequence[Span], second: Sequence[Span]) -> list[Span]:
    """The time that both cover; each is as `joined` gives it."""
    found = []
    here = there = 0
    while here < len(first) and there < len(second):
        start, end = max(first[here][0], second[there][0]), min(first[here][1], second[there][1])
        if start < end:
            found.append((start, end))
        if first[here][1] < second[there][1]:
            here += 1
        else:
            there += 1
    return found


def between(spans: Sequence[Span]) -> list[Span]:
    """The gaps from one span to the next; the spans are as `joined` gives them."""
    return [(before[1], after[0]) for before, after in itertools.pairwise(spans)]


def without(spans: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """What is left of the spans outside those that are taken; both are as `joined` gives them."""
    if not spans:
        return []
    low, high = spans[0][0], spans[-1][1]
    edges: list[Span] = [(low - 1, low), *crossed(taken, [(low, high)]), (high, high + 1)]
    return crossed(spans, between(edges))


def total(spans: Iterable[Span]) -> float:
    """Their length together; it does not depend on their order."""
    return math.fsum(end - start for start, end in spans)


def longest(spans: Iterable[Span], count: int) -> list[Span]:
    """The longest of the spans, in order of time."""
    return sorted(sorted(spans, key=lambda span: (span[0] - span[1], span))[:count])
