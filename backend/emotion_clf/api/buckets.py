"""Where buckets of tokens stand: in the memory of one web process, or in a Redis that all of them share."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from pyrate_limiter.buckets.redis_state import RedisStateStore
from pyrate_limiter.buckets.state_bucket import InMemoryStateStore

from emotion_clf.errors import StorageError

if TYPE_CHECKING:
    from pyrate_limiter.abstracts.algorithm import Decision, State, StateAlgorithm
    from pyrate_limiter.abstracts.rate import Rate
    from pyrate_limiter.clocks import MonotonicClock, WallClock

_PREFIX: Final = "emotion-clf:rate:"
_MEMORY: Final = "memory://"
_REDIS: Final = ("redis://", "rediss://", "unix://")
_KEPT: Final = 100_000  # more than that many askers at once are not told apart from new ones
_PATIENCE_S: Final = 2.0


class Bucket(Protocol):
    """How much was taken by one asker, as Pyrate keeps it."""

    default_clock: MonotonicClock | WallClock

    def check(self, algorithm: StateAlgorithm, rates: list[Rate], now: int, weight: int) -> Decision:
        """Take tokens where there are enough, at a time in milliseconds."""
        ...

    def read(self, algorithm: StateAlgorithm, rates: list[Rate]) -> State:
        """When it is full again, in microseconds."""
        ...


class Buckets(Protocol):
    """A bucket for each name."""

    def of(self, name: str) -> Bucket:
        """The bucket of a name, full where it was never used."""
        ...


class MemoryBuckets:
    """Buckets of this process; those that were not used for longest make room."""

    def __init__(self) -> None:
        self._stores: OrderedDict[str, Bucket] = OrderedDict()
        self._turn = threading.Lock()

    def of(self, name: str) -> Bucket:
        """The bucket of a name."""
        with self._turn:
            store = self._stores.pop(name, None) or cast("Bucket", InMemoryStateStore())
            self._stores[name] = store
            if len(self._stores) > _KEPT:
                self._stores.popitem(last=False)
            return store


class RedisBuckets:
    """Buckets that many processes share; each is looked at and emptied in one step, and forgotten once it is full."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def of(self, name: str) -> Bucket:
        """The bucket of a name."""
        return cast("Bucket", RedisStateStore(self._client, f"{_PREFIX}{name}"))


def buckets_at(url: str) -> Buckets:
    """The buckets at an address; nothing connects yet.

    Args:
        url: RATE_LIMIT_STORAGE.

    Raises:
        StorageError: it is none that can be used.
    """
    if url == _MEMORY:
        return MemoryBuckets()
    if not url.startswith(_REDIS):
        raise _unusable()
    try:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        patience = {"socket_timeout": _PATIENCE_S, "socket_connect_timeout": _PATIENCE_S}
        return RedisBuckets(redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **patience))
    except (ImportError, ValueError) as error:
        raise _unusable() from error


def _unusable() -> StorageError:
    return StorageError(
        "RATE_LIMIT_STORAGE cannot be used. Write memory:// or redis://host:6379/0, and install the extra 'redis' for "
        "the latter."
    )
