"""The part of the score that follows how the sides talk with each other: five bounded parts, 1.5 points at most in all.

Each is a line between two values of its measurement: nothing up to the one, all of its points from the other on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.calls.components import Component, Evidence, hundredths
from emotion_clf.calls.interaction import LONG_SILENCE_S
from emotion_clf.calls.spans import longest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotion_clf.calls.interaction import Interaction
    from emotion_clf.calls.spans import Span

_SHOWN: Final = 3
_ONE_SIDE: Final = "Not measured: only one side of the call is heard."


@dataclass(frozen=True, slots=True)
class Ramp:
    """Points by a measurement: none up to `none_at`, all from `all_at` on, a straight line between."""

    none_at: float
    all_at: float
    points: float

    def at(self, value: float) -> float:
        """The points for a value."""
        return self.points * min(max((value - self.none_at) / (self.all_at - self.none_at), 0.0), 1.0)


LONG_SILENCES: Final = Ramp(none_at=0.05, all_at=0.25, points=-0.3)  # share of the call
SLOW_REPLIES: Final = Ramp(none_at=2.0, all_at=6.0, points=-0.3)  # seconds
INTERRUPTED: Final = Ramp(none_at=0.5, all_at=3.0, points=-0.4)  # times in a minute
SLOWING: Final = Ramp(none_at=0.95, all_at=0.8, points=0.3)  # last pace by the first
QUICKENING: Final = Ramp(none_at=1.05, all_at=1.25, points=-0.3)
LITTLE_TALK: Final = Ramp(none_at=0.3, all_at=0.1, points=-0.2)  # the customer's share
MUCH_TALK: Final = Ramp(none_at=0.8, all_at=0.95, points=-0.2)


def conduct(measured: Interaction, *, units_per_s: float = 1.0) -> list[Component]:
    """The five parts, in a fixed order.

    Args:
        measured: the call's turns.
        units_per_s: how many of its spans' units of time make a second.
    """
    return [
        _silences(measured, units_per_s),
        _replies(measured, units_per_s),
        _interrupted(measured, units_per_s),
        _pace(measured),
        _talk(measured),
    ]


def _silences(measured: Interaction, units_per_s: float) -> Component:
    share = measured.long_silence_share or 0.0
    return Component(
        name="Long silences",
        points=hundredths(LONG_SILENCES.at(share)),
        sentence=f"{100 * share:.0f} % of the call lie in silences of {LONG_SILENCE_S:.0f} s and more.",
        evidence=_places(measured.silences, "silence of {:.1f} s", units_per_s),
    )


def _replies(measured: Interaction, units_per_s: float) -> Component:
    name = "Replies to the customer"
    if measured.talk_share is None:
        return Component(name, 0.0, _ONE_SIDE, measured=False)
    if measured.reply_gap_s is None:
        return Component(name, 0.0, "Not measured: the agent never begins after the customer.", measured=False)
    return Component(
        name=name,
        points=hundredths(SLOW_REPLIES.at(measured.reply_gap_s)),
        sentence=f"The agent's median reply comes {measured.reply_gap_s:.1f} s after the customer's last word.",
        evidence=_places(measured.replies, "reply after {:.1f} s", units_per_s),
    )


def _interrupted(measured: Interaction, units_per_s: float) -> Component:
    name = "Interruptions of the customer"
    if measured.of_customer_per_min is None:
        return Component(name, 0.0, _ONE_SIDE, measured=False)
    return Component(
        name=name,
        points=hundredths(INTERRUPTED.at(measured.of_customer_per_min)),
        sentence=f"The customer is interrupted {measured.of_customer_per_min:.1f} times in a minute.",
        evidence=_places(measured.of_customer, "both speak for {:.1f} s", units_per_s),
    )


def _pace(measured: Interaction) -> Component:
    name = "The customer's pace"
    known = [pace for pace in measured.pace if pace]
    if len(known) < 2:  # noqa: PLR2004
        return Component(
            name, 0.0, "Not measured: syllables were not counted in two quarters of the call.", measured=False
        )
    ratio = known[-1] / known[0]
    return Component(
        name=name,
        points=hundredths(SLOWING.at(ratio) + QUICKENING.at(ratio)),
        sentence=f"The customer speaks {known[0]:.1f} syllables in a second at first and {known[-1]:.1f} at last.",
    )


def _talk(measured: Interaction) -> Component:
    name = "Talk share"
    if measured.talk_share is None:
        return Component(name, 0.0, _ONE_SIDE, measured=False)
    return Component(
        name=name,
        points=hundredths(LITTLE_TALK.at(measured.talk_share) + MUCH_TALK.at(measured.talk_share)),
        sentence=f"The customer speaks for {100 * measured.talk_share:.0f} % of what is said.",
    )


def _places(spans: Iterable[Span], text: str, units_per_s: float) -> tuple[Evidence, ...]:
    """The longest of the spans."""
    return tuple(
        Evidence(start, end, text.format((end - start) / units_per_s)) for start, end in longest(spans, _SHOWN)
    )
