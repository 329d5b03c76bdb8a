"""The least pace at which a client has to send what it promised."""

from __future__ import annotations

import struct
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn, Self

from gunicorn.http.unreader import SocketUnreader

from emotion_clf.errors import TooSlowError

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.settings import Settings
    from emotion_clf.web.turns import LendingSocket


@dataclass(frozen=True, slots=True)
class Pace:
    """How long the server waits for a client.

    Attributes:
        head_s: for the whole head of a request, in seconds.
        grace_s: for a body of any length, in seconds.
        bytes_per_s: what a body has to bring beyond that.
        stall_s: for any of an answer to be taken, in seconds.
    """

    head_s: float
    grace_s: float
    bytes_per_s: int
    stall_s: float

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The pace that the settings ask for."""
        return cls(
            settings.request_head_s, settings.body_grace_s, settings.body_least_bytes_per_s, settings.answer_stall_s
        )


def as_timeval(seconds: float) -> bytes:
    """Return seconds as the system's `struct timeval`."""
    whole, rest = divmod(seconds, 1)
    return struct.pack("ll", int(whole), int(rest * 1_000_000))


class PacedUnreader(SocketUnreader):  # type: ignore[misc]
    """Reads a connection no longer than its client keeps the pace; only time spent waiting for it counts."""

    def __init__(self, connection: LendingSocket, pace: Pace) -> None:
        super().__init__(connection)
        self._pace = pace
        self._turn = connection.turn
        self._waited_s = 0.0
        self._received = 0
        self._give_up: Callable[[], None] = lambda: None

    def begin(self, give_up: Callable[[], None]) -> None:
        """Count anew, for a request whose head was read.

        Args:
            give_up: called when the client was too slow, before the error.
        """
        self._waited_s, self._received, self._give_up = 0.0, 0, give_up

    def chunk(self, size_hint: int | None = None) -> bytes:
        """Whatever comes next.

        Raises:
            TooSlowError: the client has been too slow.
        """
        if self.sock.gettimeout() is not None:  # gunicorn throws away what nobody read, and has its own bound
            return bytes(super().chunk(size_hint))
        left_s = self._pace.grace_s + self._received / self._pace.bytes_per_s - self._waited_s
        if left_s <= 0:
            self._refuse()
        started_s = time.monotonic()
        data = self._within(left_s, size_hint)
        self._waited_s += time.monotonic() - started_s
        self._received += len(data)
        return data

    def _within(self, left_s: float, size_hint: int | None) -> bytes:
        self.sock.settimeout(left_s)
        try:
            with self._turn.lent():
                return bytes(super().chunk(size_hint))
        except TimeoutError:
            self._waited_s += left_s
            self._refuse()
        finally:
            self.sock.settimeout(None)

    def _refuse(self) -> NoReturn:
        self._give_up()
        raise TooSlowError("The request came too slowly, and was given up. Send it again over a better connection.")
