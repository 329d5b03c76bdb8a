"""How the two sides of a call talk with each other, measured on who speaks when, whatever they sound like.

Times run from the first to the last speech of anybody; ringing before and silence after are no part of the call.
`docs/scoring.md` has the formula of each number.
"""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.calls.path import QUARTERS, spoken_span
from emotion_clf.calls.sides import Sides, interruptions, reply_gaps
from emotion_clf.calls.spans import between, crossed, longest, total

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.spans import Span
    from emotion_clf.calls.timeline import Timeline

INTERRUPTION_S: Final = 0.5
LONG_SILENCE_S: Final = 5.0
# With less speech of the customer than this in a quarter, its pace is chance.
PACE_SPEECH_S: Final = 3.0
_S_PER_MIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Interaction:
    """Measurements of a call's turns; None where there is nothing to measure, as with one side alone.

    Attributes:
        talk_share: the customer's part of what both sides speak, in [0, 1].
        by_customer_per_min: how often in a minute the customer interrupts.
        of_customer_per_min: how often in a minute the customer is interrupted.
        overlap_share: part of the call in which both speak at once.
        silence_share: part of the call in which nobody speaks.
        long_silence_share: part of the call that lies in the long silences.
        reply_gap_s: median seconds from the customer's end to the agent's beginning.
        pace: the customer's syllables in a second of speech, for each quarter; none where nobody speaks.
        by_customer: where the customer interrupts.
        of_customer: where the customer is interrupted.
        overlaps: where both speak at once.
        silences: where nobody speaks for five seconds and more.
        longest_silence: the longest stretch in which nobody speaks, however short.
        replies: from each end of the customer to the agent's beginning.
    """

    talk_share: float | None
    by_customer_per_min: float | None
    of_customer_per_min: float | None
    overlap_share: float | None
    silence_share: float | None
    long_silence_share: float | None
    reply_gap_s: float | None
    pace: tuple[float | None, ...]
    by_customer: tuple[Span, ...]
    of_customer: tuple[Span, ...]
    overlaps: tuple[Span, ...]
    silences: tuple[Span, ...]
    longest_silence: Span | None
    replies: tuple[Span, ...]

    def as_dict(self) -> dict[str, Any]:
        """The measurements for programs."""
        return {
            "talk_share": _rounded(self.talk_share),
            "interruptions_by_customer_per_min": _rounded(self.by_customer_per_min),
            "interruptions_of_customer_per_min": _rounded(self.of_customer_per_min),
            "overlap_share": _rounded(self.overlap_share),
            "silence_share": _rounded(self.silence_share),
            "long_silence_share": _rounded(self.long_silence_share),
            "reply_gap_s": _rounded(self.reply_gap_s),
            "pace_syllables_per_s": [_rounded(pace) for pace in self.pace],
            "interruptions_by_customer": _listed(self.by_customer),
            "interruptions_of_customer": _listed(self.of_customer),
            "overlaps": _listed(self.overlaps),
            "silences": _listed(self.silences),
            "longest_silence": None if self.longest_silence is None else _listed([self.longest_silence])[0],
            "replies": _listed(self.replies),
        }


def interaction(timeline: Timeline, *, units_per_s: float = 1.0) -> Interaction:
    """Measure a call's turns.

    Args:
        timeline: the call; nothing but its turns, and who is the customer, is looked at.
        units_per_s: how many of the timeline's units of time make a second.
    """
    sides = Sides.of(timeline)
    span = spoken_span(timeline)
    length = span[1] - span[0] if span else 0.0
    minutes = length / (_S_PER_MIN * units_per_s)
    gaps = between(sides.spoken)
    silences = [gap for gap in gaps if gap[1] - gap[0] >= LONG_SILENCE_S * units_per_s]
    by_customer = interruptions(sides.customer, sides.agent, INTERRUPTION_S * units_per_s)
    of_customer = interruptions(sides.agent, sides.customer, INTERRUPTION_S * units_per_s)
    replies = reply_gaps(sides.customer, sides.agent)
    return Interaction(
        talk_share=_share(total(sides.customer), total(sides.customer) + total(sides.agent), sides.both),
        by_customer_per_min=_share(len(by_customer), minutes, sides.both),
        of_customer_per_min=_share(len(of_customer), minutes, sides.both),
        overlap_share=_share(total(sides.overlaps), length, sides.both),
        silence_share=_share(total(gaps), length, span is not None),
        long_silence_share=_share(total(silences), length, span is not None),
        reply_gap_s=statistics.median(end - start for start, end in replies) / units_per_s if replies else None,
        pace=_pace(timeline, span, units_per_s) if span else (),
        by_customer=tuple(by_customer),
        of_customer=tuple(of_customer),
        overlaps=tuple(sides.overlaps),
        silences=tuple(silences),
        longest_silence=next(iter(longest(gaps, 1)), None),
        replies=tuple(replies),
    )


def _pace(timeline: Timeline, span: Span, units_per_s: float) -> tuple[float | None, ...]:
    """Syllables in a second of the customer's speech, by quarters; a turn across a border counts in both."""
    counted = [
        (turn.start_s, turn.end_s, turn.syllables)
        for turn in timeline.turns
        if turn.speaker == timeline.customer and turn.syllables is not None and turn.start_s < turn.end_s
    ]
    start, step = span[0], (span[1] - span[0]) / QUARTERS
    found = []
    for place in range(QUARTERS):
        quarter = (start + step * place, start + step * (place + 1))
        inside = [(total(crossed([(low, high)], [quarter])), high - low, many) for low, high, many in counted]
        speech_s = math.fsum(part for part, _, _ in inside) / units_per_s
        syllables = math.fsum(many * part / whole for part, whole, many in inside)
        found.append(syllables / speech_s if speech_s >= PACE_SPEECH_S else None)
    return tuple(found)


def _share(part: float, whole: float, measured: bool) -> float | None:
    return part / whole if measured else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _listed(spans: Sequence[Span]) -> list[list[float]]:
    return [[round(start, 3), round(end, 3)] for start, end in spans]
