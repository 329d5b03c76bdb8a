"""How often somebody may ask, counted in one place for all web processes."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import g
from limits import RateLimitItem, parse
from limits.errors import ConfigurationError
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from emotion_clf.api.refusals import RateLimitError
from emotion_clf.errors import StorageError

if TYPE_CHECKING:
    from flask import Response

    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

RATE_KINDS: Final = ("requests", "logins", "uploads", "urls")


@dataclass(frozen=True, slots=True)
class Standing:
    """How much of a limit is left.

    Attributes:
        kind: which limit.
        limit: requests in its window.
        window_s: length of the window, in seconds.
        remaining: requests left.
        reset_s: until the oldest of them is forgotten, in seconds.
    """

    kind: str
    limit: int
    window_s: int
    remaining: int
    reset_s: int


class RateLimits:
    """Counts requests in windows that move with the clock."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the counters; nothing connects yet.

        Raises:
            StorageError: RATE_LIMIT_STORAGE is not an address that can be used.
        """
        try:
            storage = storage_from_string(settings.rate_limit_storage, wrap_exceptions=True)
            self._limiter = MovingWindowRateLimiter(storage)
        except (ConfigurationError, ImportError) as error:
            raise StorageError(
                "RATE_LIMIT_STORAGE cannot be used. Write memory:// or redis://host:6379/0, and install the extra "
                "'redis' for the latter."
            ) from error
        self._limits: dict[str, RateLimitItem] = {
            kind: parse(getattr(settings, f"rate_limit_{kind}")) for kind in RATE_KINDS
        }

    def count(self, kind: str, who: str, cost: int = 1) -> None:
        """Count a request, or several at once.

        Where the counters cannot be reached the request goes through, and the log says so: to answer nobody would
        be worse.

        Raises:
            RateLimitError: it is one too many; its `retry_after_s` says how long to wait.
        """
        limit = self._limits[kind]
        try:
            allowed = self._limiter.hit(limit, kind, who, cost=cost)
            window = self._limiter.get_window_stats(limit, kind, who)
        except Exception:  # whatever the client of a storage may raise
            log.exception("requests cannot be counted in RATE_LIMIT_STORAGE")
            return
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        _note(Standing(kind, limit.amount, limit.get_expiry(), window.remaining, reset_s))
        if not allowed:
            raise RateLimitError(
                f"No more than {limit.amount} {kind} in {limit.get_expiry()} s. Try again in {reset_s} s.",
                retry_after_s=reset_s,
            )


def tell(response: Response) -> Response:
    """Say in headers how much is left of the limit that is nearest to its end."""
    standing: Standing | None = g.get("rate_standing")
    if standing is not None:
        response.headers["RateLimit-Policy"] = f'"{standing.kind}";q={standing.limit};w={standing.window_s}'
        response.headers["RateLimit"] = f'"{standing.kind}";r={standing.remaining};t={standing.reset_s}'
    return response


def _note(standing: Standing) -> None:
    before: Standing | None = g.get("rate_standing")
    if before is None or standing.remaining <= before.remaining:
        g.rate_standing = standing
