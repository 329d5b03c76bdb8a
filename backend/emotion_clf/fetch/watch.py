"""How long a fetch may still go on."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import FetchCancelledError, FetchTimedOutError
from emotion_clf.fetch.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.settings import Settings

_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Watch:
    """The deadline of one fetch and the wish of the one who asked.

    Attributes:
        settings: the limits in force.
        deadline_s: when it ends, by the monotonic clock, in seconds.
        cancelled: says whether it is still wanted, None where that never changes.
    """

    settings: Settings
    deadline_s: float
    cancelled: Callable[[], bool] | None

    @classmethod
    def start(cls, settings: Settings, cancelled: Callable[[], bool] | None) -> Watch:
        """A watch that begins now."""
        return cls(settings, time.monotonic() + settings.fetch_timeout_s, cancelled)

    @property
    def left_s(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.deadline_s - time.monotonic())

    @property
    def pause_s(self) -> float:
        """How long one may wait before looking here again, in seconds."""
        return min(_POLL_S, self.left_s)

    def check(self) -> None:
        """Go on, or not.

        Raises:
            FetchCancelledError: it is no longer wanted.
            FetchTimedOutError: the time is over.
        """
        if self.cancelled is not None and self.cancelled():
            raise FetchCancelledError("Fetching was cancelled.")
        if self.left_s == 0:
            raise problem(FetchTimedOutError.code, self.settings)

    def sleep(self, duration_s: float) -> None:
        """Wait, and look here meanwhile.

        Raises:
            EmotionError: as `check`.
        """
        end_s = time.monotonic() + duration_s
        while time.monotonic() < end_s:
            self.check()
            time.sleep(min(_POLL_S, duration_s))
