"""Sentences over time → the lanes of the timeline chart, and the table that says the same."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.text import EMOTIONS
from emotion_clf.web.sentences import text_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.pipeline.requests import ReadSentence
    from emotion_clf.web.presentation import EmotionLook

_SLICES: Final = 8
_TICKS: Final = 4
_LEAST_WIDTH_PERCENT: Final = 0.25


@dataclass(frozen=True, slots=True)
class Mark:
    """One sentence on its lane, in per cent of the chart's width."""

    position: int
    x: float
    width: float
    title: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One emotion's row."""

    emotion: str
    look: EmotionLook
    marks: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class Slice:
    """One row of the table: a part of the recording, and its sentences by emotion."""

    label: str
    counts: dict[str, int]

    @property
    def leading(self) -> str:
        """The most frequent emotion's word, or that nothing is said."""
        best = max(self.counts, key=self.counts.__getitem__)
        return text_look(best).word if self.counts[best] else "nothing said"


@dataclass(frozen=True, slots=True)
class Timeline:
    """The chart.

    Attributes:
        lanes: one for each emotion that occurs, in the order of `EMOTIONS`.
        ticks: of the axis, as (per cent of the width, label).
        slices: the table.
        timed: whether the axis is time; else the sentences are counted off.
        length: of the axis, in seconds or sentences.
    """

    lanes: tuple[Lane, ...]
    ticks: tuple[tuple[float, str], ...]
    slices: tuple[Slice, ...]
    timed: bool
    length: float


@dataclass(frozen=True, slots=True)
class _Span:
    """One sentence on the axis."""

    sentence: ReadSentence
    start: float
    end: float


def timeline(sentences: Sequence[ReadSentence], duration_s: float | None) -> Timeline | None:
    """The chart of all sentences; None where there are none.

    Args:
        sentences: in order.
        duration_s: length of the recording, where it is known.
    """
    if not sentences:
        return None
    timed = all(sentence.start_s is not None and sentence.end_s is not None for sentence in sentences)
    spans = [_span(sentence, timed=timed) for sentence in sentences]
    length = max([span.end for span in spans] + [duration_s or 0.0] * timed) or 1.0
    return Timeline(
        _lanes(spans, length, timed=timed),
        _ticks(length, timed=timed),
        _slices(spans, length, timed=timed),
        timed,
        length,
    )


def clock(seconds: float) -> str:
    """Seconds as people read them on a player: 1:05, or 1:02:03 beyond an hour."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def _span(sentence: ReadSentence, *, timed: bool) -> _Span:
    if timed:
        return _Span(sentence, sentence.start_s or 0.0, sentence.end_s or 0.0)
    return _Span(sentence, float(sentence.position), float(sentence.position + 1))


def _lanes(spans: Sequence[_Span], length: float, *, timed: bool) -> tuple[Lane, ...]:
    marks: dict[str, list[Mark]] = {emotion: [] for emotion in EMOTIONS}
    for span in spans:
        width = max(100 * (span.end - span.start) / length, _LEAST_WIDTH_PERCENT)
        place = clock(span.start) if timed else f"Sentence {span.sentence.position + 1}"
        emotion = span.sentence.emotion.emotion
        title = f"{place}: {text_look(emotion).word}"
        marks.setdefault(emotion, []).append(
            Mark(span.sentence.position, round(100 * span.start / length, 3), round(width, 3), title)
        )
    return tuple(Lane(emotion, text_look(emotion), tuple(found)) for emotion, found in marks.items() if found)


def _ticks(length: float, *, timed: bool) -> tuple[tuple[float, str], ...]:
    steps = range(_TICKS + 1)
    if timed:
        return tuple((100 * step / _TICKS, clock(length * step / _TICKS)) for step in steps)
    places = sorted({round((length - 1) * step / _TICKS) for step in steps})
    return tuple((100 * (place + 0.5) / length, str(place + 1)) for place in places)


def _slices(spans: Sequence[_Span], length: float, *, timed: bool) -> tuple[Slice, ...]:
    count = _SLICES if timed else min(_SLICES, round(length))
    rows = []
    for number in range(count):
        low, high = length * number / count, length * (number + 1) / count
        inside = Counter(span.sentence.emotion.emotion for span in spans if low <= span.start < high)
        label = f"{clock(low)} to {clock(high)}" if timed else f"{math.ceil(low) + 1} to {math.ceil(high)}"
        rows.append(Slice(label, {emotion: inside[emotion] for emotion in EMOTIONS}))
    return tuple(rows)
