"""Buckets of tokens, in memory and in a real Redis."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from flask import Flask, Response

from emotion_clf.api import buckets
from emotion_clf.api.limits import RateLimits, tell
from emotion_clf.api.refusals import RateLimitError
from emotion_clf.settings import Settings
from tests.support.redis import running_redis

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def redis() -> Iterator[str]:
    with contextmanager(running_redis)() as url:
        yield url


@pytest.fixture(params=["memory", "redis"])
def storage(request: pytest.FixtureRequest) -> str:
    return "memory://" if request.param == "memory" else str(request.getfixturevalue("redis"))


@pytest.fixture(autouse=True)
def _asking() -> Iterator[None]:
    with Flask(__name__).app_context():
        yield


def limits(storage: str, rate: str) -> RateLimits:
    return RateLimits(Settings(rate_limit_storage=storage, rate_limit_uploads=rate))


def taken(limited: RateLimits, who: str, most: int) -> int:
    """How many requests go through in a row."""
    for count in range(most):
        try:
            limited.count("uploads", who)
        except RateLimitError:
            return count
    return most


def test_a_bucket_empties_at_once_and_fills_evenly(storage: str) -> None:
    limited = limits(storage, "10 per second")
    assert taken(limited, "ann", 11) == 10
    assert taken(limited, "bob", 1) == 1
    time.sleep(0.25)
    # Of a window that moves, none of the ten would have been forgotten yet.
    assert 2 <= taken(limited, "ann", 10) <= 8


def test_a_request_is_told_when_its_own_tokens_are_there(storage: str) -> None:
    limited = limits(storage, "4 per minute")
    limited.count("uploads", "cost", 3)
    with pytest.raises(RateLimitError) as refused:
        limited.count("uploads", "cost", 3)
    assert 28 <= (refused.value.retry_after_s or 0) <= 30
    assert taken(limited, "cost", 2) == 1  # the refused one took nothing
    with pytest.raises(RateLimitError, match="at once"):
        limited.count("uploads", "cost", 5)


def test_the_headers_say_how_full_the_bucket_is(storage: str) -> None:
    limits(storage, "6 per minute").count("uploads", "header", 2)
    told = tell(Response()).headers
    assert told["RateLimit-Policy"] == '"uploads";q=6;w=60'
    assert told["RateLimit"] == '"uploads";r=4;t=20'


def test_buckets_in_memory_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buckets, "_KEPT", 2)
    limited = limits("memory://", "1 per hour")
    assert [taken(limited, who, 1) for who in ("ann", "bob", "ann", "eve", "bob", "eve")] == [1, 1, 0, 1, 1, 0]


def test_a_storage_that_is_gone_stops_nobody_and_is_not_asked_each_time(caplog: pytest.LogCaptureFixture) -> None:
    with contextmanager(running_redis)() as url:
        limited = limits(url, "2 per hour")
        assert taken(limited, "ann", 3) == 2
    assert taken(limited, "ann", 20) == 20
    assert caplog.text.count("cannot be counted") == 1
