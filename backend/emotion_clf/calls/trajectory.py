"""The part of the score that follows the customer's voice: from quarter to quarter, and where it ends."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from emotion_clf.calls.components import Component, Evidence, hundredths, signed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.path import Point, Quarter

# Points for a whole step of valence from one quarter to the next, times the weight of the quarter it leads to.
STEP_POINTS: Final = 4.0
STEP_WEIGHTS: Final = {2: 0.5, 3: 0.75, 4: 1.0}
END_POINTS: Final = 2.0
_ORDINALS: Final = {1: "first", 2: "second", 3: "third", 4: "fourth"}


def trajectory(quarters: Sequence[Quarter]) -> list[Component]:
    """The steps between the known quarters, and the level of the last.

    Args:
        quarters: those whose valence is known, in order; at least one.
    """
    steps = [_step(before, after) for before, after in itertools.pairwise(quarters)]
    return [*steps, _end(quarters[-1])]


def slopes(quarters: Sequence[Quarter]) -> dict[int, float]:
    """By how much the points grow with the valence of each known quarter, by its number."""
    found = dict.fromkeys((quarter.number for quarter in quarters), 0.0)
    for before, after in itertools.pairwise(quarters):
        found[before.number] -= STEP_POINTS * STEP_WEIGHTS[after.number]
        found[after.number] += STEP_POINTS * STEP_WEIGHTS[after.number]
    found[quarters[-1].number] += END_POINTS
    return found


def _step(before: Quarter, after: Quarter) -> Component:
    low, high = _valence(before), _valence(after)
    return Component(
        name=f"Quarter {before.number} to {after.number}",
        points=hundredths(STEP_POINTS * STEP_WEIGHTS[after.number] * (high - low)),
        sentence=f"From the {_ORDINALS[before.number]} to the {_ORDINALS[after.number]} quarter the customer's voice "
        f"went from {signed(low)} to {signed(high)} on a scale from -1, unpleasant, to +1, pleasant.",
        evidence=(_typical(before), _typical(after)),
    )


def _end(last: Quarter) -> Component:
    return Component(
        name="End of the call",
        points=hundredths(END_POINTS * _valence(last)),
        sentence=f"In the {_ORDINALS[last.number]} quarter, the last that is known, the customer's voice is at "
        f"{signed(_valence(last))}.",
        evidence=(_typical(last),),
    )


def _valence(quarter: Quarter) -> float:
    """That of a known quarter."""
    return 0.0 if quarter.valence is None else quarter.valence


def _typical(quarter: Quarter) -> Evidence:
    """The window of a quarter that does most to bring its mean to the side where it is."""
    side = 1.0 if _valence(quarter) >= 0 else -1.0

    def pull(point: Point) -> tuple[float, float, float]:
        return side * point.valence * point.weight, -point.time_s, -point.window.start_s

    window = max(quarter.points, key=pull).window
    return Evidence(window.start_s, window.end_s, f"{window.label} {100 * (window.confidence or 0):.0f} %")
