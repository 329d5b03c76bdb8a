"""What every line of one request or one job has in common."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Final

from structlog import contextvars

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

REQUEST_ID: Final = "request_id"

_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9_-]{8,64}")


def new_request_id() -> str:
    """128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def well_formed(given: str | None) -> str | None:
    """A request id that another server gave, None where it is none: it goes into log lines and headers as it is."""
    return given if given is not None and _WELL_FORMED.fullmatch(given) else None


def current_request_id() -> str | None:
    """The id of the request at hand, or of the one that asked for the job at hand."""
    found = contextvars.get_contextvars().get(REQUEST_ID)
    return None if found is None else str(found)


def begin_request(request_id: str) -> None:
    """Have each log line of this thread bear the id, until the request ends."""
    contextvars.clear_contextvars()
    contextvars.bind_contextvars(**{REQUEST_ID: request_id})


def end_request() -> None:
    """Forget what lines had in common."""
    contextvars.clear_contextvars()


def bound(**values: str | None) -> AbstractContextManager[None]:
    """Have each log line of the block bear these values; None is left out."""
    known = {name: value for name, value in values.items() if value is not None}
    manager: AbstractContextManager[None] = contextvars.bound_contextvars(**known)
    return manager
