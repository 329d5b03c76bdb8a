"""What administrators did: lines of JSON in a file of its own, which is only ever added to."""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from emotion_clf.logs.context import current_request_id

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

_FLAGS: Final = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC


@dataclass(frozen=True, slots=True)
class Audit:
    """The record of administrators' acts.

    Attributes:
        path: the file; it is opened anew for each line, so that it may be moved away at any time.
    """

    path: Path

    def note(self, action: str, *, who: str | None, what: str | None = None, outcome: str = "done") -> None:
        """Add one act, on the disk before this returns; one that cannot be written is an error in the log.

        Args:
            action: what was done, such as `job deleted`.
            who: the administrator's name; None: nobody who is known.
            what: to what, such as the id of a job.
            outcome: `done`, or the code of the error that came of it.
        """
        act = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "event": "audit",
            "action": action,
            "who": who,
            "what": what,
            "outcome": outcome,
            "request_id": current_request_id(),
        }
        try:
            self._add(json.dumps(act, ensure_ascii=False).encode() + b"\n")
        except OSError:
            # Refusing to act would keep a full disk from being emptied.
            log.exception("the audit log cannot be written; this act is missing there: %s, %s", action, outcome)

    def _add(self, line: bytes) -> None:
        """Add a line in one piece, whoever else does the same."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self.path, _FLAGS, 0o600)
        try:
            os.write(file, line)
            os.fsync(file)
        finally:
            os.close(file)
