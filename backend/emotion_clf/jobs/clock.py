"""A worker's clock: `python -m emotion_clf.jobs.clock`, which sends the messages of the regular jobs.

A process of its own, since a worker does nothing else while it does a job. Its input ends with the worker, however that
ends, and then so does it. Each tick is noted in the database, for others to see, and on its output, for the worker.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from typing import Any, Final

from celery.beat import Scheduler, Service

from emotion_clf.errors import StorageError
from emotion_clf.jobs.app import app
from emotion_clf.settings import get_settings
from emotion_clf.storage.clock import TICK_EVERY_S, ClockFace
from emotion_clf.storage.database import Database

log = logging.getLogger(__name__)

_LONGEST_SLEEP_S: Final = 1.0


class TickingScheduler(Scheduler):  # type: ignore[misc]
    """Keeps the times in memory, since two workers would fight over a file, and notes that it ticks."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._face = ClockFace(Database(get_settings().database))
        self._noted_at_s = float("-inf")

    def tick(self, *args: Any, **kwargs: Any) -> float:
        """Send what is due.

        Returns:
            How long nothing is due, in seconds.
        """
        rest_s: float = super().tick(*args, **kwargs)
        sys.stdout.write(".")
        sys.stdout.flush()
        if time.monotonic() - self._noted_at_s >= TICK_EVERY_S:
            self._note()
        return min(rest_s, _LONGEST_SLEEP_S)

    def _note(self) -> None:
        self._noted_at_s = time.monotonic()
        try:
            self._face.tick()
        except StorageError:
            log.warning("the clock could not note that it ticks; it tries again in %.0f s", TICK_EVERY_S)


def _end_with_the_worker() -> None:
    """Wait until the input ends, then end at once."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # not caught here, so it ends a clock that waits for the broker too


def main() -> None:
    """Tick until the worker ends."""
    app.log.setup()
    threading.Thread(target=_end_with_the_worker, daemon=True).start()
    Service(app, scheduler_cls=TickingScheduler).start()


if __name__ == "__main__":
    main()
