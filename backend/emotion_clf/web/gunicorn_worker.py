"""gunicorn's threads, which no slow client holds.

Heads are awaited without a thread. WEB_THREADS requests are worked on at once; while one waits for more of its body, or
for its answer to be taken, another is worked on in its place, and what stalls for too long is given up. Whether the
process is alive is asked by those who restart what does not answer, so that question has threads of its own.
"""

from __future__ import annotations

import re
import selectors
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from gunicorn import util
from gunicorn.workers.gthread import TConn, ThreadWorker

from emotion_clf.errors import TooSlowError
from emotion_clf.settings import get_settings
from emotion_clf.web.pace import Pace, PacedUnreader, as_timeval
from emotion_clf.web.turns import LendingSocket, Turn

if TYPE_CHECKING:
    from concurrent.futures import Future

_READ_BYTES: Final = 8192
_END_OF_HEAD: Final = b"\r\n\r\n"
_LONGEST_HEAD_BYTES: Final = 128 * 1024  # gunicorn refuses shorter ones by itself
_LINGER_S: Final = 2.0
_LINGER_BYTES: Final = 64 * 1024
_SWEEP_EACH_S: Final = 0.25
_WAITING_THREADS: Final = 256  # requests whose clients may be waited for at once, beside those that are worked on
_CHECKING_THREADS: Final = 2
_CHECK_STALL_S: Final = 1.0
_CHECK: Final = re.compile(rb"(?:GET|HEAD) /health(?:/live)?[? ]")
_BODY: Final = re.compile(rb"\r\n(?:content-length|transfer-encoding)[ \t]*:", re.IGNORECASE)


@dataclass(slots=True)
class _Awaited:
    """A connection that something is to come from, and that has no thread.

    Attributes:
        until_s: how long it is waited for, on the monotonic clock.
        answered: whether its answer was sent, so that only its end is awaited.
        head: what came of the next request's head.
        dropped: bytes that came after the answer and were thrown away.
    """

    until_s: float
    answered: bool = False
    head: bytearray = field(default_factory=bytearray)
    dropped: int = 0


class PatientWorker(ThreadWorker):  # type: ignore[misc]
    """A thread is given to a request once its whole head is there, and taken back when its body stalls."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._places = threading.Semaphore(self.cfg.threads)
        self._checks = ThreadPoolExecutor(_CHECKING_THREADS, thread_name_prefix="check")
        self._pace = Pace.of(get_settings())
        self._awaited: dict[TConn, _Awaited] = {}
        self._swept_s = 0.0

    def get_thread_pool(self) -> ThreadPoolExecutor:
        """Make the threads of those that are worked on and of those that wait; `_places` says how many work."""
        return ThreadPoolExecutor(self.cfg.threads + _WAITING_THREADS)

    def enqueue_req(self, conn: TConn) -> None:
        """Wait for the head of a connection's next request: whatever is new, kept alive, or had read ahead."""
        if self.cfg.is_ssl:  # its head can be read only after the handshake
            super().enqueue_req(conn)
            return
        early = conn.parser.unreader.take_buffered() if conn.initialized else b""
        if _END_OF_HEAD in early:
            self._begin(conn, early)
        else:
            self._await(conn, _Awaited(time.monotonic() + self._pace.head_s, head=bytearray(early)))

    def finish_request(self, conn: TConn, fs: Future[Any]) -> None:
        """Keep a connection for its next request, or let go of it without making the others wait."""
        if not fs.cancelled() and fs.exception() is None and fs.result():
            super().finish_request(conn, fs)
            return
        try:
            conn.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(conn)
        else:
            # What still comes is read for a while: a client that sends would see a reset instead of its answer.
            self._await(conn, _Awaited(time.monotonic() + _LINGER_S, answered=True))

    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request, whose body has to keep the pace, once it has its turn."""
        if not isinstance(conn.sock, LendingSocket):
            with self._places:
                return super().handle_request(req, conn)
        conn.parser.unreader.begin(req.force_close)
        if conn.is_check:
            return super().handle_request(req, conn)
        with conn.sock.turn.taken():
            return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: Any, addr: Any, exc: BaseException) -> None:
        """Answer what broke before the application could."""
        if isinstance(exc, TooSlowError):
            _refuse(client, exc)
        else:
            super().handle_error(req, client, addr, exc)

    def murder_pending(self) -> None:
        """Let go of connections that were awaited for long enough."""
        super().murder_pending()
        now_s = time.monotonic()
        if now_s - self._swept_s < _SWEEP_EACH_S:
            return
        self._swept_s = now_s
        for conn, awaited in list(self._awaited.items()):
            if awaited.until_s <= now_s or not (self.alive or awaited.head or awaited.answered):
                if awaited.head:
                    _refuse(conn.sock, TooSlowError("The request came too slowly, and was given up."))
                self._forget(conn)
                self._close(conn)

    def _await(self, conn: TConn, awaited: _Awaited) -> None:
        conn.sock.setblocking(False)
        self._awaited[conn] = awaited
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._hear, conn))

    def _hear(self, conn: TConn, connection: socket.socket) -> None:
        """Take what came."""
        awaited = self._awaited[conn]
        try:
            data = connection.recv(_READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if awaited.answered:
            awaited.dropped += len(data)
        else:
            awaited.head += data
        is_whole = _END_OF_HEAD in awaited.head or len(awaited.head) > _LONGEST_HEAD_BYTES
        if data and not is_whole and awaited.dropped < _LINGER_BYTES:
            return
        self._forget(conn)
        if data and is_whole:
            self._begin(conn, bytes(awaited.head))
        else:
            self._close(conn)

    def _begin(self, conn: TConn, head: bytes) -> None:
        """Give a request whose head is there to a thread."""
        if not conn.initialized:
            conn.sock = LendingSocket(conn.sock, Turn(self._places))
            conn.init()
            conn.parser.unreader = PacedUnreader(conn.sock, self._pace)
        conn.is_check = _CHECK.match(head) is not None and _BODY.search(head) is None
        # By the kernel, since a timeout of Python's own would hold for what is read as well.
        stall_s = min(_CHECK_STALL_S, self._pace.stall_s) if conn.is_check else self._pace.stall_s
        conn.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, as_timeval(stall_s))
        conn.parser.unreader.unread(head)
        conn.data_ready = True
        pool = self._checks if conn.is_check else self.tpool
        pool.submit(self.handle, conn).add_done_callback(
            lambda done: self.method_queue.defer(self.finish_request, conn, done)
        )

    def _forget(self, conn: TConn) -> None:
        del self._awaited[conn]
        with suppress(OSError, KeyError, ValueError):
            self.poller.unregister(conn.sock)

    def _close(self, conn: TConn) -> None:
        self.nr_conns -= 1
        conn.close()


def _refuse(connection: socket.socket, error: TooSlowError) -> None:
    """Answer a client whose request was never whole; one that does not listen is let be."""
    with suppress(OSError):
        util.write_error(connection, error.status, "Request Timeout", error.message)
