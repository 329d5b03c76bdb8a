"""Who of the speakers is the customer, where nobody says so, and whether that is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.timeline import Timeline, Turn

_PAIR: Final = 2
# Of two who begin closer together than this, either may have greeted first.
_TOGETHER_S: Final = 1.0
_ONE: Final = (
    "No other voice was told apart, so all that is said is judged as the customer's. If the agent is heard in it too, "
    "or alone, do not take it for the customer's mood: send a recording with a channel for each."
)
_TOGETHER: Final = (
    "Both sides begin at about the same time, so the guess that {customer} is the customer is in doubt. Say who it is; "
    "otherwise the agent's voice may be what is judged."
)
_SEVERAL: Final = (
    "{count} speakers were found, so the guess that {customer} is the customer is in doubt. Say who it is; otherwise "
    "the agent's voice may be what is judged."
)


def guess_customer(turns: Sequence[Turn], speakers: Sequence[str]) -> str | None:
    """The second one to be heard, since the one who answers a call greets first; the only one where nobody else speaks.

    Args:
        turns: in order of their starts.
        speakers: their names.
    """
    heard = list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker in speakers))
    return heard[1] if len(heard) > 1 else next(iter(heard), None)


def doubts_of(timeline: Timeline) -> tuple[str, ...]:
    """Return what is said where it is in doubt whether the customer's voice is what is judged.

    Args:
        timeline: with its customer.
    """
    begins_s = {turn.speaker: turn.start_s for turn in reversed(timeline.turns)}
    if timeline.customer is None or not begins_s:
        return ()
    if len(begins_s) == 1:
        return (_ONE,)
    if timeline.customer_chosen:
        return ()
    if len(begins_s) > _PAIR:
        return (_SEVERAL.format(count=len(begins_s), customer=timeline.customer),)
    first_s, second_s = sorted(begins_s.values())
    return (_TOGETHER.format(customer=timeline.customer),) if second_s - first_s < _TOGETHER_S else ()
