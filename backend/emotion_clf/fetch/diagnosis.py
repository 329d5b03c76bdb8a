"""What went wrong inside yt-dlp → the kind of failure, as `problems` tells it."""

from __future__ import annotations

import errno
from http.client import HTTPException
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

UNKNOWN: Final = "fetch_failed"
_STATUSES: Final = {
    401: "needs_login",
    403: "blocked",
    404: "media_not_found",
    407: "blocked",
    410: "media_not_found",
    429: "blocked",
    451: "blocked",
}
_SERVER_FAULT: Final = 500
# What the readers of pages say, in the order in which it counts: "sign in to confirm you are not a bot" is a block.
_SAYINGS: Final = (
    (("timed out",), "timed_out"),
    (("more expected", "content too short", "connection reset", "got error"), "network_unreachable"),
    (("not a bot", "in your country", "from your location", "geo restrict", "geo-restrict", "captcha"), "blocked"),
    (("drm",), "unsupported_media"),
    (("sign in", "log in", "login", "private video", "members-only", "join this channel", "password"), "needs_login"),
    (("live event", "premieres in", "premiere will", "is live", "not currently live", "live stream"), "live_stream"),
    (("requested format is not available",), "unsupported_media"),
    (("no video formats found", "no media", "no video could be found"), "no_media"),
    (("unavailable", "been removed", "terminated", "not available", "does not exist"), "media_not_found"),
)


def diagnose(error: BaseException) -> str:
    """The kind of failure behind an exception of yt-dlp or of what it calls.

    The causes are asked first, since they do not change with the wording; then what is said.
    """
    chain = list(_causes(error))
    for cause in chain:
        kind = _kind(cause, chain)
        if kind is not None:
            return kind
    said = " ".join(map(str, chain)).lower()
    return next((kind for words, kind in _SAYINGS if any(word in said for word in words)), UNKNOWN)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it came from, by every road yt-dlp and Python keep."""
    waiting, seen = [error], set[int]()
    while waiting:
        current = waiting.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        wrapped = (getattr(current, "exc_info", None) or (None, None))[1]
        further = (wrapped, getattr(current, "cause", None), current.__cause__, current.__context__)
        waiting += [cause for cause in further if isinstance(cause, BaseException)]


def _kind(cause: BaseException, chain: list[BaseException]) -> str | None:
    """The kind one exception alone tells, None where it tells nothing."""
    from yt_dlp.networking.exceptions import HTTPError, TransportError
    from yt_dlp.utils import ContentTooShortError, GeoRestrictedError, UnsupportedError, UserNotLive

    if isinstance(cause, HTTPError):
        return _STATUSES.get(cause.status, "network_unreachable" if cause.status >= _SERVER_FAULT else UNKNOWN)
    if isinstance(cause, MemoryError) or getattr(cause, "errno", None) == errno.EFBIG:
        return "too_large"
    if isinstance(cause, TransportError | ContentTooShortError | ConnectionError | TimeoutError | HTTPException):
        stalled = any(isinstance(other, TimeoutError) or "timed out" in str(other) for other in chain)
        return "timed_out" if stalled else "network_unreachable"
    plain = ((UnsupportedError, "no_media"), (GeoRestrictedError, "blocked"), (UserNotLive, "live_stream"))
    return next((kind for error, kind in plain if isinstance(cause, error)), None)
