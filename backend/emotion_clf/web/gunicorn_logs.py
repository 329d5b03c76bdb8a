"""gunicorn's own lines among the others, without the addresses that were asked for."""

from __future__ import annotations

import sys
from typing import Any, Final

from gunicorn.glogging import Logger

from emotion_clf.logs import configure
from emotion_clf.settings import get_settings

# What gunicorn writes of these quotes the client: the address with its query, a line, a header.
_NOT_HTTP: Final = "Invalid request from"
_BROKE: Final = "Error handling request"
_NOT_TAKEN: Final = "Socket error processing request"


class Lines(Logger):  # type: ignore[misc]
    """Hands every line on; the application itself tells of each request."""

    def setup(self, cfg: Any) -> None:
        """Let go of gunicorn's handlers."""
        super().setup(cfg)
        configure(get_settings(), "web")
        for log in (self.error_log, self.access_log):
            log.handlers.clear()
            log.propagate = True

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """A warning."""
        if msg.startswith(_NOT_HTTP):
            msg, args = "what a client sent was not HTTP, or too long", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: object, *args: Any, **kwargs: Any) -> None:
        """An error with its places in the code, unless the client is to blame for it."""
        if isinstance(msg, str) and msg.startswith(_NOT_TAKEN) and isinstance(sys.exc_info()[1], BlockingIOError):
            super().info("a client took nothing of its answer for too long")
            return
        if isinstance(msg, str) and msg.startswith(_BROKE):
            msg, args = "a request broke", ()
        elif isinstance(msg, BaseException):
            msg = "something broke"
        super().exception(msg, *args, **kwargs)
