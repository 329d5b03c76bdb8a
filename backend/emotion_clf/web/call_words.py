"""Words of calls: how speakers are told apart, what they are called, how long something lasts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emotion_clf.calls import Timeline
    from emotion_clf.pipeline.call_requests import SpeakersFrom

SPEAKERS: Final[dict[SpeakersFrom, str]] = {
    "auto": "found out",
    "channels": "by channel: one person on the left, one on the right",
    "voices": "by their voices, all on one channel",
    "one": "not at all: one voice",
}
"""How speakers can be told apart, as the form says it."""

CUSTOMERS: Final[dict[SpeakersFrom, tuple[str, ...]]] = {
    "auto": ("left", "right", "A", "B"),
    "channels": ("left", "right"),
    "voices": ("A", "B"),
    "one": ("A",),
}
"""Whom the form lets one call the customer, before anybody knows who speaks."""

_NAMES: Final = {"left": "Left channel", "right": "Right channel"}
_LAYOUTS: Final = {"channels": "by channel", "voices": "by their voices", "one": "not at all"}
_S_PER_MIN: Final = 60
_S_PER_H: Final = 3600


def speaker_name(speaker: str) -> str:
    """What the pages call a speaker."""
    return _NAMES.get(speaker, f"Voice {speaker}")


def role(timeline: Timeline, speaker: str) -> str:
    """What part a speaker has in the call."""
    return "customer" if speaker == timeline.customer else "agent"


def layout_words(timeline: Timeline) -> str:
    """How the speakers of a call were told apart."""
    return _LAYOUTS[timeline.layout]


def duration(seconds: float) -> str:
    """A length in words: 3 h, 12 min 5 s, 8 s."""
    whole = round(seconds)
    parts = ((whole // _S_PER_H, "h"), (whole % _S_PER_H // _S_PER_MIN, "min"), (whole % _S_PER_MIN, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 s"
