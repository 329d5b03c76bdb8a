"""Guessing passwords made slow: after some failures in a row each further one costs a longer wait.

Failures are counted in the memory of each web process, so WEB_WORKERS processes allow that many times the guesses, and
a restart forgets them; docs/admin.md says so.
"""

from __future__ import annotations

import math
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import BusyError, EmotionError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FREE_FAILURES: Final = 5
FREE_FAILURES_OF_AN_ADDRESS: Final = 20
_FIRST_WAIT_S: Final = 15.0
_LONGEST_WAIT_S: Final = 15 * 60.0
_FORGOTTEN_AFTER_S: Final = 24 * 3600.0
_KEPT: Final = 10_000
_PATIENCE_S: Final = 10.0

_Key = tuple[str | None, str]


class TooManyAttemptsError(EmotionError):
    """Too many wrong passwords in a row."""

    status = 429
    code = "too_many_attempts"
    title = "Too many attempts"


@dataclass(slots=True)
class _Failures:
    """How often in a row, and until when the next attempt is refused."""

    count: int = 0
    until_s: float = 0.0
    last_s: float = 0.0


class Attempts:
    """The failures of each name from each address, and of each address over all names."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[_Key, _Failures] = {}
        self._turn = threading.Lock()

    @contextmanager
    def attempt(self, name: str, address: str) -> Iterator[Callable[[], None]]:
        """One attempt at a time, which counts as failed until the block calls what it is given.

        Passwords are checked one after another: a check takes much memory on purpose, and guesses sent at once must not
        all count as the first.

        Raises:
            TooManyAttemptsError: the wait after the last failure is not over; its `retry_after_s` says how long.
            BusyError: too many others wait for their check.
        """
        if not self._turn.acquire(timeout=_PATIENCE_S):
            raise BusyError("Many people sign in right now. Try again in a moment.", retry_after_s=10)
        try:
            keys: tuple[tuple[_Key, int], ...] = (
                ((name.casefold()[:255], address), FREE_FAILURES),
                ((None, address), FREE_FAILURES_OF_AN_ADDRESS),
            )
            self._refuse_early(keys)
            succeeded = threading.Event()
            try:
                yield succeeded.set
            finally:
                self._note(keys, succeeded=succeeded.is_set())
        finally:
            self._turn.release()

    def _refuse_early(self, keys: tuple[tuple[_Key, int], ...]) -> None:
        now_s = self._clock()
        wait_s = max((self._failures[key].until_s - now_s for key, _ in keys if key in self._failures), default=0.0)
        if wait_s > 0:
            seconds = math.ceil(wait_s)
            raise TooManyAttemptsError(
                f"Too many wrong passwords in a row. Try again in {_spoken(seconds)}.", retry_after_s=seconds
            )

    def _note(self, keys: tuple[tuple[_Key, int], ...], *, succeeded: bool) -> None:
        now_s = self._clock()
        for key, free in keys:
            failures = self._failures.pop(key, None) or _Failures()
            if succeeded:
                continue
            if now_s - failures.last_s > _FORGOTTEN_AFTER_S:
                failures.count = 0
            failures.count += 1
            failures.last_s = now_s
            failures.until_s = now_s + _wait_s(failures.count - free)
            self._failures[key] = failures  # at the end: the oldest are at the front
        while len(self._failures) > _KEPT:
            del self._failures[next(iter(self._failures))]


def _wait_s(over: int) -> float:
    """The wait after so many failures beyond the free ones, in seconds: doubled each time."""
    if over < 0:
        return 0.0
    return min(_FIRST_WAIT_S * 2.0 ** min(over, 20), _LONGEST_WAIT_S)


def _spoken(seconds: int) -> str:
    return f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} minutes"  # noqa: PLR2004 - two minutes
