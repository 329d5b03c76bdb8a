"""Who of the speakers is the customer, where nobody says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.timeline import Turn


def guess_customer(turns: Sequence[Turn], speakers: Sequence[str]) -> str | None:
    """The second one to be heard, since the one who answers a call greets first; the only one where nobody else speaks.

    Args:
        turns: in order of their starts.
        speakers: their names.
    """
    heard = list(dict.fromkeys(turn.speaker for turn in turns if turn.speaker in speakers))
    return heard[1] if len(heard) > 1 else next(iter(heard), None)
