"""The worker's side of its heart."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from typing import IO, TYPE_CHECKING, Any, Final, cast

from emotion_clf.jobs.children import environment
from emotion_clf.storage.leases import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotion_clf.storage.leases import Lease

_NEWS_EVERY_S: Final = 0.25
_ENDS_WITHIN_S: Final = 5.0
_CHUNK_BYTES: Final = 1 << 16


class Pulse:
    """A heart that beats for the job at hand; started anew where it died."""

    def __init__(self) -> None:
        self._heart: subprocess.Popen[bytes] | None = None
        self._lease: Lease | None = None
        self._verdict = Verdict.GO_ON
        self._pending = b""
        self._told_at_s = 0.0

    def start(self) -> None:
        """Start the heart, unless it beats."""
        if self._heart is not None and self._heart.poll() is None:
            return
        self.stop()
        self._heart = subprocess.Popen(
            [sys.executable, "-P", "-m", "emotion_clf.jobs.heart", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Signals from a terminal are for the worker, which lets its heart know by closing its input.
            start_new_session=True,
            env=environment(),
        )
        self._pending = b""
        for pipe in (self._heart.stdin, self._heart.stdout):
            os.set_blocking(cast("IO[bytes]", pipe).fileno(), False)

    def stop(self) -> None:
        """Let the heart end."""
        heart, self._heart = self._heart, None
        if heart is None:
            return
        cast("IO[bytes]", heart.stdin).close()
        try:
            heart.wait(_ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            heart.kill()
            heart.wait()
        cast("IO[bytes]", heart.stdout).close()

    @contextmanager
    def of(self, lease: Lease) -> Iterator[None]:
        """Beat for a lease while the block runs."""
        self._lease, self._verdict = lease, Verdict.GO_ON
        try:
            self._order_lease()
            yield
        finally:
            self._lease = None
            self._order({"lease": None})

    @property
    def verdict(self) -> Verdict:
        """What is to become of the job at hand."""
        if self._heart is None or self._heart.poll() is not None:
            self._order_lease()
        self._listen()
        return self._verdict

    def teller(self, step: str) -> Callable[[float | None, str], None]:
        """Takes in how far a step is, and tells it now and then."""

        def tell(share: float | None, message: str) -> None:
            if time.monotonic() - self._told_at_s >= _NEWS_EVERY_S:
                self._told_at_s = time.monotonic()
                self._order({"progress": [step, share, message[:500]]})

        return tell

    def _order_lease(self) -> None:
        self.start()
        if self._lease is not None:
            self._order({"lease": [self._lease.job_id, self._lease.token]})

    def _order(self, order: dict[str, Any]) -> None:
        """Send an order; one that does not get through is left, and a dead heart is noticed by `verdict`."""
        if self._heart is not None:
            # A line this short goes into a pipe whole or not at all.
            with suppress(BlockingIOError, BrokenPipeError):
                os.write(cast("IO[bytes]", self._heart.stdin).fileno(), json.dumps(order).encode() + b"\n")

    def _listen(self) -> None:
        if self._heart is None:
            return
        with suppress(BlockingIOError):
            chunk = os.read(cast("IO[bytes]", self._heart.stdout).fileno(), _CHUNK_BYTES)
            *lines, self._pending = (self._pending + chunk).split(b"\n")
            for said in map(json.loads, lines):
                if self._lease is not None and said["token"] == self._lease.token:
                    self._verdict = Verdict(said["verdict"])
