"""The default broker: Kombu's folders, where a message is there whole or not at all.

Kombu opens a file under its message's name before it writes it. A worker that looks in between would take an empty
message, which Celery cannot recover from: it ends.
"""

from __future__ import annotations

import json
import logging
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty
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
    """Puts messages into the folder in one stroke, passes over what is none, and outlives the loss of its folders."""

    _is_out_of_reach = False

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        """Write a message under a name that nobody looks for, then give it its own."""
        target = Path(self.data_folder_out, f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg")
        draft = target.with_name(f"{target.name}.new")
        try:
            self._make_folders()
            draft.write_text(dumps(payload), encoding="utf-8")
            draft.replace(target)
        except OSError as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add a message to {self.data_folder_out!r}") from error

    def _get(self, queue: str) -> Any:
        """Return the next message.

        What a machine that lost its power left of one is dropped, for the job's row is there. Folders that were deleted
        are made again; where they cannot be used, there is no message until they can: a worker that ended would take
        the web server along.

        Raises:
            Empty: there is none.
        """
        while True:
            try:
                self._make_folders()
                found = super()._get(queue)
            except json.JSONDecodeError:
                log.warning("a message that was never written whole was dropped")
            except Empty:
                self._is_out_of_reach = False
                raise
            except (OSError, ChannelError) as error:
                self._tell(error)
                raise Empty from error
            else:
                return found

    def get_table(self, exchange: str) -> Any:
        """Return where messages go: each exchange has one queue, of its own name, also where its file was deleted."""
        found = _once_whole(lambda: super(Channel, self).get_table(exchange))
        return found or [filesystem.exchange_queue_t(exchange, "", exchange)]

    def _make_folders(self) -> None:
        for folder in (self.data_folder_in, self.data_folder_out, self.control_folder):
            Path(folder).mkdir(parents=True, exist_ok=True, mode=0o700)

    def _tell(self, error: Exception) -> None:
        """Say once what is wrong."""
        if not self._is_out_of_reach:
            log.error("the queue's folder cannot be used, so no message is taken until it can: %s", error)
        self._is_out_of_reach = True

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        self._make_folders()
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
