"""The two sides of a call: the customer, and everybody else, who are taken for the agent together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotion_clf.calls.spans import crossed, joined

if TYPE_CHECKING:
    from emotion_clf.calls.spans import Span
    from emotion_clf.calls.timeline import Timeline


@dataclass(frozen=True, slots=True)
class Sides:
    """When each side speaks; the spans of a side are in order and apart from one another.

    Attributes:
        customer: the customer's speech.
        agent: the speech of all others.
    """

    customer: tuple[Span, ...]
    agent: tuple[Span, ...]

    @classmethod
    def of(cls, timeline: Timeline) -> Sides:
        """The sides of a call."""
        spans = [((turn.start_s, turn.end_s), turn.speaker == timeline.customer) for turn in timeline.turns]
        return cls(
            customer=tuple(joined(span for span, is_customer in spans if is_customer)),
            agent=tuple(joined(span for span, is_customer in spans if not is_customer)),
        )

    @property
    def both(self) -> bool:
        """Whether both are heard; without, nothing between them can be measured."""
        return bool(self.customer and self.agent)

    @property
    def spoken(self) -> list[Span]:
        """The time in which anybody speaks."""
        return joined([*self.customer, *self.agent])

    @property
    def overlaps(self) -> list[Span]:
        """The time in which both speak at once."""
        return crossed(self.customer, self.agent)


def interruptions(who: tuple[Span, ...], whom: tuple[Span, ...], least: float) -> list[Span]:
    """Where one side begins to speak over the other.

    It counts where the other had spoken for `least` before, and both go on for as long at once. A short "mhm" is none.

    Returns:
        From each beginning to where one of them stops.
    """
    found = []
    place = 0
    for start, end in who:
        while place < len(whom) and whom[place][1] <= start:
            place += 1
        if place == len(whom):
            break
        since, until = whom[place]
        if start - since >= least and min(end, until) - start >= least:
            found.append((start, min(end, until)))
    return found


def reply_gaps(asked: tuple[Span, ...], answered: tuple[Span, ...]) -> list[Span]:
    """From each end of one side's speech to the other's next beginning, unless the first goes on before that.

    Where the other already speaks at that end there is nothing to wait for.
    """
    found = []
    place = 0
    for index, (_, end) in enumerate(asked):
        while place < len(answered) and answered[place][1] <= end:
            place += 1
        if place == len(answered):
            break
        start = answered[place][0]
        goes_on = index + 1 < len(asked) and asked[index + 1][0] < start
        if start >= end and not goes_on:
            found.append((end, start))
    return found
