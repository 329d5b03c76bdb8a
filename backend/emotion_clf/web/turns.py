"""Turns at work: a request holds one while it is worked on, and lends it to others while its client is waited for."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket
    import threading
    from collections.abc import Iterator


class Turn:
    """The turn of one connection's requests, one after another. For one thread at a time."""

    def __init__(self, places: threading.Semaphore) -> None:
        self._places = places
        self._held = False

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Hold a place for a block."""
        self._take()
        try:
            yield
        finally:
            self._give_back()

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Give the place back for a block in which nothing is done but waiting, and take one again after it."""
        if not self._held:
            yield
            return
        self._give_back()
        try:
            yield
        finally:
            self._take()

    def _take(self) -> None:
        self._places.acquire()
        self._held = True

    def _give_back(self) -> None:
        self._held = False
        self._places.release()


class LendingSocket:
    """A connection that lends its turn while it sends, since a client may take its time to take an answer."""

    def __init__(self, connection: socket.socket, turn: Turn) -> None:
        self._connection = connection
        self.turn = turn

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def sendall(self, data: bytes) -> None:
        """Send all of it."""
        with self.turn.lent():
            self._connection.sendall(data)

    def send(self, data: bytes) -> int:
        """Send some of it."""
        with self.turn.lent():
            return self._connection.send(data)
