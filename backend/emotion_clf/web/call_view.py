"""An analysed call as its page shows it: score, moments, how the sides talk, every window in a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from flask import request

from emotion_clf.calls.interaction import interaction
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import BASE, score
from emotion_clf.errors import EmotionError, InvalidRequestError
from emotion_clf.storage import Page
from emotion_clf.web.call_overview import overview
from emotion_clf.web.call_words import duration, layout_words, role, speaker_name
from emotion_clf.web.charts import clock
from emotion_clf.web.numbers import asked_page
from emotion_clf.web.presentation import look_of
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emotion_clf.calls import Timeline, Window
    from emotion_clf.calls.interaction import Interaction
    from emotion_clf.calls.moments import Moment
    from emotion_clf.calls.score import DeescalationScore
    from emotion_clf.calls.spans import Span
    from emotion_clf.speech import Manifest
    from emotion_clf.storage import StoredCall
    from emotion_clf.web.call_overview import Overview
    from emotion_clf.web.presentation import EmotionLook

Value = TypeVar("Value")

_PER_PAGE: Final = 100
_PLACES: Final = 3  # enough to check a number by ear
_S_PER_MIN: Final = 60
_QUARTERS: Final = ("Start", "Second quarter", "Third quarter", "End")


@dataclass(frozen=True, slots=True)
class Fact:
    """One measurement of how the sides talk.

    Attributes:
        name: what is measured.
        value: in words.
        places: where it can be heard.
    """

    name: str
    value: str
    places: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class CallView:
    """What the templates of a call need.

    Attributes:
        timeline: the call.
        has_sound: whether it can be played.
        score: how it went for the customer.
        base: where the score begins.
        quarters: name and mean valence of each quarter, None where the customer says nothing.
        moments: what is worth listening to first.
        facts: how the sides talk.
        overview: the chart that needs no script.
        rows: one page of the windows, each with its number.
        emotion: the one that alone is in the table; None: all.
        agent_is_judged: whether a voice that is not the customer's has emotions, too.
        manifest: what the model says of itself; None where it is not installed any more.
    """

    timeline: Timeline
    has_sound: bool
    score: DeescalationScore
    base: float
    quarters: tuple[tuple[str, float | None], ...]
    moments: Sequence[Moment]
    facts: tuple[Fact, ...]
    overview: Overview
    rows: Page[tuple[int, Window]]
    emotion: str | None
    agent_is_judged: bool
    manifest: Manifest | None

    look: ClassVar[Callable[[str], EmotionLook]] = staticmethod(look_of)
    clock: ClassVar[Callable[[float], str]] = staticmethod(clock)
    name: ClassVar[Callable[[str], str]] = staticmethod(speaker_name)

    def role(self, speaker: str) -> str:
        """What part a speaker has."""
        return role(self.timeline, speaker)

    @property
    def layout(self) -> str:
        """How the speakers were told apart."""
        return layout_words(self.timeline)

    @property
    def judged(self) -> int:
        """How many windows have an emotion."""
        return sum(window.label is not None for window in self.timeline.windows)


def call_view(stored: StoredCall) -> CallView:
    """Everything a page of a call shows; page and emotion of its table come from the address.

    Raises:
        InvalidRequestError: the model knows no such emotion.
    """
    timeline = stored.timeline
    found = score(timeline)
    emotion = request.args.get("emotion") or None
    if emotion is not None and emotion not in timeline.labels:
        raise InvalidRequestError(f"The model knows no such emotion. Choose one of {', '.join(timeline.labels)}.")
    return CallView(
        timeline=timeline,
        has_sound=stored.has_sound,
        score=found,
        base=BASE,
        quarters=tuple((name, quarter.valence) for name, quarter in zip(_QUARTERS, found.quarters, strict=False)),
        moments=key_moments(timeline),
        facts=_facts(interaction(timeline)),
        overview=overview(timeline),
        rows=_rows(timeline, emotion),
        emotion=emotion,
        agent_is_judged=any(
            window.label is not None and window.speaker != timeline.customer for window in timeline.windows
        ),
        manifest=_manifest(timeline.model_name),
    )


def _rows(timeline: Timeline, emotion: str | None) -> Page[tuple[int, Window]]:
    wanted = [
        (number, window) for number, window in enumerate(timeline.windows) if emotion is None or window.label == emotion
    ]
    page = asked_page()
    start = (page - 1) * _PER_PAGE
    pages = max(1, -(-len(wanted) // _PER_PAGE))
    return Page(tuple(wanted[start : start + _PER_PAGE]), page, pages, len(wanted))


def _facts(measured: Interaction) -> tuple[Fact, ...]:
    """The measurements there are; what takes two sides is left out where there is one."""
    silent = measured.longest_silence
    pace = [each for each in measured.pace if each is not None]
    found = (
        _fact("Share of the talk, customer", measured.talk_share, _percent),
        _fact("The customer is interrupted", measured.of_customer_per_min, _per_min, measured.of_customer),
        _fact("The customer interrupts", measured.by_customer_per_min, _per_min, measured.by_customer),
        _fact("Both speak at once", measured.overlap_share, _percent, measured.overlaps),
        _fact("The agent answers after", measured.reply_gap_s, _gap, measured.replies),
        _fact("Nobody speaks", measured.silence_share, _percent),
        _fact("Longest silence", silent and silent[1] - silent[0], _seconds, (silent,) if silent else ()),
        _fact("Pace of the customer, first to last", pace or None, _paces),
    )
    return tuple(fact for fact in found if fact is not None)


def _fact(name: str, value: Value | None, words: Callable[[Value], str], places: Sequence[Span] = ()) -> Fact | None:
    return None if value is None else Fact(name, words(value), tuple(places[:_PLACES]))


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _per_min(often: float) -> str:
    return f"{often:.1f} times a minute"


def _seconds(length: float) -> str:
    return f"{length:.1f} s" if length < _S_PER_MIN else duration(length)


def _gap(length: float) -> str:
    return f"{length:.1f} s (median)"


def _paces(each: Sequence[float]) -> str:
    return f"{each[0]:.1f} to {each[-1]:.1f} syllables a second"


def _manifest(name: str) -> Manifest | None:
    """What the model says of itself, None where it is not installed any more."""
    try:
        return services().models.manifest(name)
    except EmotionError:
        return None
