"""The default broker: Kombu's folders, where a message is there whole or not at all.

Kombu opens a file under its message's name before it writes it. A worker that looks in between would take an empty
message, which Celery cannot recover from: it ends.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from kombu.exceptions import ChannelError
from kombu.transport import TRANSPORT_ALIASES, filesystem
from kombu.utils.json import dumps

if TYPE_CHECKING:
    from collections.abc import Callable

    T = TypeVar("T")

log = logging.getLogger(__name__)

SCHEME: Final = "folders"
_LOOKS: Final = 20
_BETWEEN_LOOKS_S: Final = 0.02


class Channel(filesystem.Channel):  # type: ignore[misc]
    """Puts messages into the folder in one stroke, and passes over what is none."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        """Write a message under a name that nobody looks for, then give it its own."""
        target = Path(self.data_folder_out, f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        draft = target.with_name(f"{target.name}.new")
        try:
            draft.write_text(dumps(payload), encoding="utf-8")
            draft.replace(target)
        except OSError as error:
            draft.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add a message to {self.data_folder_out!r}") from error

    def _get(self, queue: str) -> Any:
        """The next message; what a machine that lost its power left of one is dropped, for the job's row is there."""
        while True:
            try:
                return super()._get(queue)
            except json.JSONDecodeError:
                log.warning("a message that was never written whole was dropped")

    def get_table(self, exchange: str) -> Any:
        """Where messages go."""
        return _once_whole(lambda: super(Channel, self).get_table(exchange))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        _once_whole(lambda: super(Channel, self)._queue_bind(exchange, routing_key, pattern, queue))


class Transport(filesystem.Transport):  # type: ignore[misc]
    """Kombu's, with the channel above."""

    Channel = Channel


def register() -> None:
    """Let broker URLs that begin with `folders:` lead here."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:Transport"


def _once_whole(look: Callable[[], T]) -> T:
    """Look at a file that another process may just be writing, until it is whole.

    Raises:
        json.JSONDecodeError: it never was.
    """
    for _ in range(_LOOKS):
        try:
            return look()
        except json.JSONDecodeError:
            time.sleep(_BETWEEN_LOOKS_S)
    return look()
