"""How often somebody may ask: a bucket of tokens for each, kept in one place for all web processes."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import g
from pyrate_limiter.abstracts.algorithm import TokenBucket
from pyrate_limiter.abstracts.rate import Duration, Rate

from emotion_clf.api.buckets import Buckets, buckets_at
from emotion_clf.api.refusals import RateLimitError

if TYPE_CHECKING:
    from flask import Response

    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

RATE_KINDS: Final = ("requests", "logins", "uploads", "urls", "explanations")

_TOKENS: Final = TokenBucket()
_US_PER_MS: Final = 1000
_US_PER_S: Final = 1_000_000
_MS_PER_S: Final = 1000
_OUT_OF_REACH_S: Final = 5.0  # as long a storage that did not answer is not asked again


@dataclass(frozen=True, slots=True)
class Standing:
    """How full somebody's bucket is.

    Attributes:
        kind: which limit.
        limit: tokens in a full bucket.
        window_s: how long an empty one takes to fill, in seconds.
        remaining: tokens left.
        reset_s: until it is full again, in seconds.
    """

    kind: str
    limit: int
    window_s: int
    remaining: int
    reset_s: int


class RateLimits:
    """Takes a token for each request; `N per minute` is a bucket of N that fills evenly within a minute."""

    def __init__(self, settings: Settings) -> None:
        """Prepare the buckets; nothing connects yet.

        Raises:
            StorageError: RATE_LIMIT_STORAGE is not an address that can be used.
        """
        self._buckets: Buckets = buckets_at(settings.rate_limit_storage)
        self._rates = {kind: _rate(getattr(settings, f"rate_limit_{kind}")) for kind in RATE_KINDS}
        self._asked_again_s = 0.0

    def count(self, kind: str, who: str, cost: int = 1) -> None:
        """Take a token for a request, or several at once; a refused request takes none.

        Where the storage cannot be reached the request goes through, and the log says so: to answer nobody would be
        worse.

        Raises:
            RateLimitError: there are too few; its `retry_after_s` says how long to wait.
        """
        if time.monotonic() < self._asked_again_s:
            return
        try:
            wait_s, standing = self._take(kind, who, cost)
        except Exception:  # whatever the client of a storage may raise
            log.exception("requests cannot be counted in RATE_LIMIT_STORAGE")
            self._asked_again_s = time.monotonic() + _OUT_OF_REACH_S
            return
        _note(standing)
        if wait_s is not None:
            raise RateLimitError(_refusal(standing, cost, wait_s), retry_after_s=wait_s)

    def _take(self, kind: str, who: str, cost: int) -> tuple[int | None, Standing]:
        """Take tokens where there are enough.

        Returns:
            How long to wait, in seconds, None where the tokens were taken; and how full the bucket is then.
        """
        rate, bucket = self._rates[kind], self._buckets.of(f"{kind}:{who}")
        now_ms = bucket.default_clock.now()
        decision = bucket.check(_TOKENS, [rate], now_ms, cost)
        state = bucket.read(_TOKENS, [rate])
        until_full_s = max(0, math.ceil((state[0] - now_ms * _US_PER_MS) / _US_PER_S))
        left = max(0, rate.burst - _TOKENS.consumed([rate], state, now_ms))
        standing = Standing(kind, rate.limit, rate.interval // _MS_PER_S, left, until_full_s)
        if decision.allowed:
            return None, standing
        wait_ms = decision.retry_after_ms
        return (until_full_s if wait_ms is None else max(1, math.ceil(wait_ms / _MS_PER_S))), standing


def tell(response: Response) -> Response:
    """Say in headers how much is left of the limit that is nearest to its end."""
    standing: Standing | None = g.get("rate_standing")
    if standing is not None:
        response.headers["RateLimit-Policy"] = f'"{standing.kind}";q={standing.limit};w={standing.window_s}'
        response.headers["RateLimit"] = f'"{standing.kind}";r={standing.remaining};t={standing.reset_s}'
    return response


def _rate(setting: str) -> Rate:
    """A limit as the settings write it, `10 per second`."""
    count, _, unit = setting.split(" ")
    return Rate(int(count), Duration[unit.upper()])


def _refusal(standing: Standing, cost: int, wait_s: int) -> str:
    if cost > standing.limit:
        return f"No more than {standing.limit} {standing.kind} at once. Send fewer at a time."
    return f"No more than {standing.limit} {standing.kind} in {standing.window_s} s. Try again in {wait_s} s."


def _note(standing: Standing) -> None:
    before: Standing | None = g.get("rate_standing")
    if before is None or standing.remaining <= before.remaining:
        g.rate_standing = standing
