"""The worker's heart: `python -m emotion_clf.jobs.heart`, leases as JSON lines on its input, verdicts on its output.

A process of its own, since libraries that work in native code may keep a Python process from doing anything else for
longer than a lease lasts. Its input ends with the worker, however that ends, and then so does it: a dead worker's
lease is not renewed.
"""

from __future__ import annotations

import json
import logging
import os
import selectors
import sys
import time
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import StorageError
from emotion_clf.logs import configure
from emotion_clf.settings import get_settings
from emotion_clf.storage.database import Database
from emotion_clf.storage.leases import Lease, LeaseDesk, Verdict

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

LONGEST_TICK_S: Final = 0.5
_IDLE_TICK_S: Final = 5.0
_TICKS_A_LEASE: Final = 4
_CHUNK_BYTES: Final = 1 << 16


class Heart:
    """Beats for one lease at a time."""

    def __init__(self, settings: Settings) -> None:
        self._lease_s = settings.job_lease_s
        self._desk = LeaseDesk(Database(settings.database), settings)
        self._lease: Lease | None = None
        self._news: tuple[str, float | None, str] | None = None
        self._beaten_at_s = 0.0

    @property
    def tick_s(self) -> float:
        """How long to wait for orders, in seconds."""
        return _IDLE_TICK_S if self._lease is None else min(LONGEST_TICK_S, self._lease_s / _TICKS_A_LEASE)

    def obey(self, order: dict[str, Any]) -> None:
        """Take up a lease, let go of it, or take in how far its job is."""
        if "lease" in order:
            self._lease = None if order["lease"] is None else Lease(*order["lease"])
            self._news, self._beaten_at_s = None, time.monotonic()
        elif "progress" in order:
            self._news = tuple(order["progress"])

    def beat(self) -> tuple[Lease, Verdict] | None:
        """Renew the lease, and say what is to become of its job; None where there is nothing new to say."""
        lease, news, self._news = self._lease, self._news, None
        if lease is None:
            return None
        try:
            verdict = self._desk.renew(lease, news)
        except StorageError:
            # It may pass; and a lease that is over is another worker's to take.
            verdict = Verdict.LOST if time.monotonic() - self._beaten_at_s > self._lease_s else Verdict.GO_ON
        else:
            self._beaten_at_s = time.monotonic()
        if verdict is Verdict.GO_ON:
            return None
        self._lease = None if verdict is Verdict.LOST else lease
        return lease, verdict


def main() -> None:
    """Beat until the input ends, or the worker is gone though somebody else holds its end of the pipe."""
    worker = int(sys.argv[1])
    settings = get_settings()
    configure(settings, "heart")
    heart = Heart(settings)
    source, pending = sys.stdin.fileno(), b""
    with selectors.DefaultSelector() as ready:
        ready.register(source, selectors.EVENT_READ)
        while os.getppid() == worker:
            if ready.select(heart.tick_s):
                chunk = os.read(source, _CHUNK_BYTES)
                if not chunk:
                    return
                *lines, pending = (pending + chunk).split(b"\n")
                for line in lines:
                    heart.obey(json.loads(line))
            said = heart.beat()
            if said is not None:
                lease, verdict = said
                news = json.dumps({"token": lease.token, "verdict": verdict.value}) + "\n"
                os.write(sys.stdout.fileno(), news.encode())


if __name__ == "__main__":
    main()
