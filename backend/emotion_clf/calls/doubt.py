"""How far a score may be off because the classifier doubts its own answers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from emotion_clf.calls.valence import window_doubt

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emotion_clf.calls.path import Quarter

# An assumption, not a measurement: a classifier that mishears a voice once tends to mishear it again.
CORRELATION: Final = 0.25
# Between the points 1.645 standard deviations off lie 90 % of a normal distribution.
DEVIATIONS: Final = 1.645
INTERVAL_COVERS: Final = (
    "The interval covers only the classifier's own doubt about the windows it judged, not that it may be surely wrong, "
    "nor what was not judged, nor the choice of the formula."
)


def half_width(quarters: Sequence[Quarter], slopes: Mapping[int, float]) -> float:
    """Half the width of the interval of 90 %, in points.

    Args:
        quarters: those that are known.
        slopes: by how much the score grows with the valence of each, by its number.
    """
    return DEVIATIONS * math.sqrt(
        math.fsum(slopes[quarter.number] ** 2 * quarter_variance(quarter) for quarter in quarters)
    )


def quarter_variance(quarter: Quarter) -> float:
    """The variance of a quarter's mean valence, the errors of any two of its windows being correlated."""
    weight = math.fsum(point.weight for point in quarter.points)
    parts = [point.weight / weight * window_doubt(point.window) for point in quarter.points]
    apart = math.fsum(part**2 for part in parts)
    together = math.fsum(parts) ** 2
    return (1 - CORRELATION) * apart + CORRELATION * together
