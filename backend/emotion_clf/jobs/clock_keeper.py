"""The worker's side of its clock: starts it, and starts it anew where it ended or stands still."""

from __future__ import annotations

import logging
import os
import selectors
import subprocess
import sys
import threading
import time
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Final, cast

from emotion_clf.errors import StorageError
from emotion_clf.jobs.children import environment
from emotion_clf.storage.clock import OVERDUE_AFTER_S, ClockFace
from emotion_clf.storage.database import Database

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 0.5
_ENDS_WITHIN_S: Final = 5.0
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 30.0
_CHUNK_BYTES: Final = 4096


class ClockKeeper:
    """Keeps one clock ticking from a thread, which goes on while the worker is at a job."""

    def __init__(self, stands_after_s: float = OVERDUE_AFTER_S) -> None:
        """Prepare; nothing is started yet.

        Args:
            stands_after_s: silence after which a clock is taken to stand still, in seconds.
        """
        self._stands_after_s = stands_after_s
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the clock and watch it."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._keep, name="clock keeper", daemon=True)
        self._thread.start()

    def stop(self, settings: Settings) -> None:
        """Let the clock end, and let others know that none is to be expected."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._ending.set()
        thread.join()
        with suppress(StorageError):
            database = Database(settings.database)
            try:
                ClockFace(database).forget()
            finally:
                database.dispose()

    def _keep(self) -> None:
        wait_s = _FIRST_WAIT_S
        while not self._ending.is_set():
            started_s = time.monotonic()
            end = self._watch(_started())
            if self._ending.is_set():
                return
            wait_s = _FIRST_WAIT_S if time.monotonic() - started_s > _LONGEST_WAIT_S else 2 * wait_s
            log.error("the clock of the regular jobs %s; it is started anew", end)
            self._ending.wait(min(wait_s, _LONGEST_WAIT_S))

    def _watch(self, clock: subprocess.Popen[bytes]) -> str:
        """Wait until a clock ends, stands still or is to end; it is gone afterwards.

        Returns:
            What became of it.
        """
        output = cast("IO[bytes]", clock.stdout)
        heard_s = time.monotonic()
        try:
            with selectors.DefaultSelector() as ready:
                ready.register(output, selectors.EVENT_READ)
                while not self._ending.is_set():
                    if not ready.select(_LOOK_EVERY_S):
                        if time.monotonic() - heard_s > self._stands_after_s:
                            clock.kill()
                            return "stood still"
                    elif not os.read(output.fileno(), _CHUNK_BYTES):
                        return f"ended with status {clock.wait()}"
                    else:
                        heard_s = time.monotonic()
            return "is to end"
        finally:
            _end(clock)


def _started() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "emotion_clf.jobs.clock"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # Signals from a terminal are for the worker, which lets its clock know by closing its input.
        start_new_session=True,
        env=environment(),
    )


def _end(clock: subprocess.Popen[bytes]) -> None:
    """Close a clock's input, which ends it."""
    cast("IO[bytes]", clock.stdin).close()
    try:
        clock.wait(_ENDS_WITHIN_S)
    except subprocess.TimeoutExpired:
        clock.kill()
        clock.wait()
    cast("IO[bytes]", clock.stdout).close()
