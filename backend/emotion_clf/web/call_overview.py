"""A whole call at a glance, as SVG that needs no script: a lane for each speaker, and the customer's way."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.calls.path import customer_path
from emotion_clf.web.call_words import role, speaker_name
from emotion_clf.web.charts import clock
from emotion_clf.web.presentation import look_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls import Timeline
    from emotion_clf.calls.path import Point

WIDTH: Final = 1000
HALF_HEIGHT: Final = 50
_TICKS: Final = 4
_LEAST_WIDTH: Final = 1.0
# A gap of more windows than this is no way that somebody went.
_GAP_WINDOWS: Final = 4


@dataclass(frozen=True, slots=True)
class Stretch:
    """Windows of one emotion that follow one another, or a turn that is not judged.

    Attributes:
        x: left edge, in thousandths of the width.
        width: in thousandths of the width.
        label: the emotion; None: not judged.
        title: the same in words.
    """

    x: float
    width: float
    label: str | None
    title: str


@dataclass(frozen=True, slots=True)
class OverviewLane:
    """One speaker's row."""

    name: str
    role: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """The chart.

    Attributes:
        lanes: one for each speaker.
        lines: the pieces of the smoothed valence, as the points of polylines.
        ticks: of the axis, as (per cent of the width, label).
    """

    lanes: tuple[OverviewLane, ...]
    lines: tuple[str, ...]
    ticks: tuple[tuple[float, str], ...]


def overview(timeline: Timeline) -> Overview:
    """The chart of a call."""
    length = timeline.duration_s
    return Overview(
        tuple(
            OverviewLane(speaker_name(speaker), role(timeline, speaker), _stretches(timeline, speaker))
            for speaker in timeline.speakers
        ),
        tuple(_polyline(piece, length) for piece in pieces(customer_path(timeline).points, timeline.window_s)),
        tuple((100 * step / _TICKS, clock(length * step / _TICKS)) for step in range(_TICKS + 1)),
    )


def pieces(points: Sequence[Point], window_s: float) -> list[list[Point]]:
    """The way in pieces, parted where the voice is silent for long."""
    found: list[list[Point]] = []
    for point in points:
        if found and point.time_s - found[-1][-1].time_s <= _GAP_WINDOWS * window_s:
            found[-1].append(point)
        else:
            found.append([point])
    return found


def _stretches(timeline: Timeline, speaker: str) -> tuple[Stretch, ...]:
    """What a speaker says: by its emotion where it is judged, else as turns."""
    spans: list[tuple[float, float, str | None]] = []
    for window in timeline.windows:
        if window.speaker != speaker or window.label is None:
            continue
        end = min(window.end_s, timeline.duration_s)
        if spans and spans[-1][2] == window.label and window.start_s <= spans[-1][1]:
            spans[-1] = (spans[-1][0], end, window.label)
        else:
            spans.append((window.start_s, end, window.label))
    if not spans:
        spans = [(turn.start_s, turn.end_s, None) for turn in timeline.turns if turn.speaker == speaker]
    return tuple(_stretch(*span, timeline.duration_s) for span in spans)


def _stretch(start: float, end: float, label: str | None, length: float) -> Stretch:
    word = "speaks" if label is None else look_of(label).word
    return Stretch(
        round(WIDTH * start / length, 2),
        round(max(WIDTH * (end - start) / length, _LEAST_WIDTH), 2),
        label,
        f"{clock(start)} to {clock(end)}: {word}",
    )


def _polyline(piece: Sequence[Point], length: float) -> str:
    """A piece as points; one window alone becomes a short dash."""
    ends = [(point.time_s, point.smoothed) for point in piece]
    if len(piece) == 1:
        window = piece[0].window
        ends = [(window.start_s, piece[0].smoothed), (window.end_s, piece[0].smoothed)]
    return " ".join(f"{WIDTH * min(time, length) / length:.1f},{HALF_HEIGHT * (1 - value):.1f}" for time, value in ends)
