"""The path of one voice through a call: how pleasant it sounds, window by window and quarter by quarter.

Nothing is made up between the windows: where the voice is silent there is no point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.calls.spans import crossed, joined, total, without
from emotion_clf.calls.valence import window_valence

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.spans import Span
    from emotion_clf.calls.timeline import Timeline, Window

QUARTERS: Final = 4
# Three windows of the usual length: single windows are often wrong.
SMOOTHING_S: Final = 9.0
# Beyond this many times the smoothing a window weighs less than 0.0004 of one in the middle.
_REACH: Final = 4.0


@dataclass(frozen=True, slots=True)
class Point:
    """A window of the path.

    Attributes:
        time_s: the middle of the window, in seconds.
        valence: its own, in [-1, 1].
        smoothed: that of the windows around it, weighted by a Gaussian over time and by how much is said in each.
        weight: seconds in which the voice is heard alone in it.
        window: the window.
    """

    time_s: float
    valence: float
    smoothed: float
    weight: float
    window: Window

    def as_dict(self) -> dict[str, float]:
        """The point for programs."""
        return {
            "time_s": round(self.time_s, 3),
            "valence": round(self.valence, 4),
            "smoothed": round(self.smoothed, 4),
            "weight": round(self.weight, 3),
        }


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of the time from the first to the last speech of anybody.

    Attributes:
        number: 1 to 4.
        start_s: its start, in seconds.
        end_s: its end.
        valence: the weighted mean of the windows whose middles lie in it; None where there is none.
        judged_s: seconds of speech that were judged in it.
        points: those windows.
    """

    number: int
    start_s: float
    end_s: float
    valence: float | None
    judged_s: float
    points: tuple[Point, ...]

    def as_dict(self) -> dict[str, Any]:
        """The quarter for programs."""
        return {
            "number": self.number,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "valence": None if self.valence is None else round(self.valence, 4),
            "judged_s": round(self.judged_s, 3),
        }


@dataclass(frozen=True, slots=True)
class Path:
    """One voice's way through a call.

    Attributes:
        speaker: whose; None where nobody speaks.
        points: in order of time; the windows that were judged and in which the voice is heard alone for a while.
        quarters: four; none where nobody speaks.
    """

    speaker: str | None
    points: tuple[Point, ...]
    quarters: tuple[Quarter, ...]

    def as_dict(self) -> dict[str, Any]:
        """The path for programs."""
        return {
            "speaker": self.speaker,
            "points": [point.as_dict() for point in self.points],
            "quarters": [quarter.as_dict() for quarter in self.quarters],
        }


def customer_path(timeline: Timeline, speaker: str | None = None, *, units_per_s: float = 1.0) -> Path:
    """The path of the customer, or of another speaker, whose windows are judged only if every voice is.

    Args:
        timeline: the call.
        speaker: whose path; None: the customer's.
        units_per_s: how many of the timeline's units of time make a second.
    """
    speaker = timeline.customer if speaker is None else speaker
    windows = judged_windows(timeline, speaker)
    times = [(window.start_s + window.end_s) / 2 for window in windows]
    valences = [window_valence(window) for window in windows]
    weights = [window_weight(window) for window in windows]
    points = tuple(
        Point(time, valence, smoothed, weight, window)
        for time, valence, smoothed, weight, window in zip(
            times,
            valences,
            _smoothed(times, valences, weights, SMOOTHING_S * units_per_s),
            weights,
            windows,
            strict=True,
        )
    )
    return Path(speaker, points, _quarters(timeline, speaker, points))


def window_weight(window: Window) -> float:
    """Seconds of a window in which its speaker is heard alone: what two say at once tells little of either."""
    return max(window.speech_s - window.overlap_s, 0.0)


def judged_windows(timeline: Timeline, speaker: str | None) -> list[Window]:
    """The windows of a speaker that have an emotion and some weight, in order of time."""
    found = [
        window
        for window in timeline.windows
        if window.speaker is not None and window.speaker == speaker and window.probabilities and window_weight(window)
    ]
    return sorted(found, key=lambda window: (window.start_s, window.end_s, window_valence(window)))


def judged_s(timeline: Timeline, speaker: str | None, windows: Sequence[Window]) -> float:
    """Seconds that a speaker speaks alone within the windows; windows that overlap count once."""
    own = joined((turn.start_s, turn.end_s) for turn in timeline.turns if turn.speaker == speaker)
    others = joined((turn.start_s, turn.end_s) for turn in timeline.turns if turn.speaker != speaker)
    return total(crossed(without(own, others), joined((window.start_s, window.end_s) for window in windows)))


def spoken_span(timeline: Timeline) -> Span | None:
    """From the first to the last speech of anybody; None where nobody speaks."""
    spoken = joined((turn.start_s, turn.end_s) for turn in timeline.turns)
    return (spoken[0][0], spoken[-1][1]) if spoken else None


def _quarters(timeline: Timeline, speaker: str | None, points: Sequence[Point]) -> tuple[Quarter, ...]:
    span = spoken_span(timeline)
    if span is None:
        return ()
    start, length = span[0], span[1] - span[0]
    found = []
    for place in range(QUARTERS):
        inside = tuple(point for point in points if _place(point.time_s, start, length) == place)
        found.append(
            Quarter(
                number=place + 1,
                start_s=start + length * place / QUARTERS,
                end_s=start + length * (place + 1) / QUARTERS,
                valence=_mean(inside),
                judged_s=judged_s(timeline, speaker, [point.window for point in inside]),
                points=inside,
            )
        )
    return tuple(found)


def _place(time: float, start: float, length: float) -> int:
    """The quarter of a time, from 0; a window may begin before the first word and end after the last."""
    return min(max(math.floor((time - start) * QUARTERS / length), 0), QUARTERS - 1)


def _mean(points: Sequence[Point]) -> float | None:
    if not points:
        return None
    weight = math.fsum(point.weight for point in points)
    return math.fsum(point.weight * point.valence for point in points) / weight


def _smoothed(times: Sequence[float], valences: Sequence[float], weights: Sequence[float], sigma: float) -> list[float]:
    """Each valence with those around it, weighted by a Gaussian of `sigma` over time."""
    time, weighty = np.array(times), np.array(weights)
    product = weighty * np.array(valences)
    found = []
    lows = np.searchsorted(time, time - _REACH * sigma)
    highs = np.searchsorted(time, time + _REACH * sigma, side="right")
    for middle, low, high in zip(times, lows.tolist(), highs.tolist(), strict=True):
        kernel = np.exp(-0.5 * np.square((time[low:high] - middle) / sigma))
        found.append(float(kernel @ product[low:high] / (kernel @ weighty[low:high])))
    return found
