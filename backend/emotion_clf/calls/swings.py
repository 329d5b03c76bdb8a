"""Where a path turns: the swings of its smoothed valence from one extreme to the next, small ones left out."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.path import Point

SWING: Final = 0.3
# The turn itself is the middle half of a swing; the rest may be a slow drift.
_EDGE: Final = 0.25


@dataclass(frozen=True, slots=True)
class Swing:
    """A sustained change of the smoothed valence.

    Attributes:
        start_s: from where on most of it happens, in seconds.
        end_s: until when.
        before: the smoothed valence it comes from.
        after: the one it goes to.
    """

    start_s: float
    end_s: float
    before: float
    after: float


def swings(points: Sequence[Point]) -> list[Swing]:
    """The changes of `SWING` and more between extremes that are as far apart, in order of time.

    Args:
        points: a path, in order of time.
    """
    turns = _extremes([point.smoothed for point in points])
    return [_swing(points[first : last + 1]) for first, last in itertools.pairwise(turns)]


def _extremes(levels: Sequence[float]) -> list[int]:
    """Places of highs and lows in turn, each at least `SWING` from the one before."""
    if not levels:
        return []
    found: list[int] = []
    low = high = 0
    rising: bool | None = None
    for place, level in enumerate(levels):
        high = place if level > levels[high] else high
        low = place if level < levels[low] else low
        if rising is not False and levels[high] - level >= SWING:
            found.append(high)
            rising, low = False, place
        elif rising is not True and level - levels[low] >= SWING:
            found.append(low)
            rising, high = True, place
    return found if rising is None else [*found, high if rising else low]


def _swing(points: Sequence[Point]) -> Swing:
    before, after = points[0].smoothed, points[-1].smoothed
    done = [(point.smoothed - before) / (after - before) for point in points]
    start = max(place for place, part in enumerate(done) if part <= _EDGE)
    end = min(place for place, part in enumerate(done) if part >= 1 - _EDGE and place > start)
    return Swing(points[start].time_s, points[end].time_s, before, after)
