from __future__ import annotations

import errno
import io
from http.client import IncompleteRead

import pytest
from yt_dlp.networking.common import Response
from yt_dlp.networking.exceptions import HTTPError, TransportError
from yt_dlp.utils import ContentTooShortError, DownloadError, ExtractorError, GeoRestrictedError, UserNotLive

from emotion_clf.fetch.diagnosis import diagnose


def refusal(status: int) -> HTTPError:
    return HTTPError(Response(io.BytesIO(), "https://a.test/", {}, status=status))


def wrapped(error: BaseException) -> DownloadError:
    """As yt-dlp hands an error on."""
    return DownloadError("ERROR: it failed", exc_info=(type(error), error, None))


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (refusal(401), "needs_login"),
        (refusal(403), "blocked"),
        (refusal(410), "media_not_found"),
        (refusal(418), "fetch_failed"),
        (refusal(429), "blocked"),
        (refusal(500), "network_unreachable"),
        (ExtractorError("no page", cause=refusal(404)), "media_not_found"),
        (TransportError(cause=ConnectionRefusedError()), "network_unreachable"),
        (TransportError(cause=TimeoutError()), "timed_out"),
        (TransportError("The read operation timed out"), "timed_out"),
        (ContentTooShortError(1, 2), "network_unreachable"),
        (IncompleteRead(b""), "network_unreachable"),
        (TimeoutError(), "timed_out"),
        (MemoryError(), "too_large"),
        (OSError(errno.EFBIG, "File too large"), "too_large"),
        (OSError(errno.ENOSPC, "No space left"), "fetch_failed"),
        (GeoRestrictedError("not here"), "blocked"),
        (UserNotLive(), "live_stream"),
        (ValueError("what?"), "fetch_failed"),
    ],
    ids=repr,
)
def test_causes_tell_the_kind_however_they_are_wrapped(error: BaseException, kind: str) -> None:
    assert diagnose(error) == kind
    assert diagnose(wrapped(error)) == kind


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("Sign in to confirm you're not a bot.", "blocked"),
        ("Sign in to confirm your age.", "needs_login"),
        ("Private video. Sign in if you've been granted access to this video", "needs_login"),
        ("The uploader has not made this video available in your country", "blocked"),
        ("This video is DRM protected", "unsupported_media"),
        ("This live event will begin in 3 hours.", "live_stream"),
        ("Premieres in 2 days", "live_stream"),
        ("Requested format is not available", "unsupported_media"),
        ("No video formats found!", "no_media"),
        ("Video unavailable", "media_not_found"),
        ("This video has been removed by the uploader", "media_not_found"),
        ("Got error: 100 bytes read, 5 more expected", "network_unreachable"),
        ("Got error: The read operation timed out", "timed_out"),
    ],
)
def test_what_is_said_tells_the_kind_where_nothing_else_does(said: str, kind: str) -> None:
    assert diagnose(wrapped(ExtractorError(said, expected=True))) == kind


def test_causes_that_go_round_in_a_circle_end() -> None:
    first, second = ValueError("a"), ValueError("b")
    first.__context__, second.__context__ = second, first
    assert diagnose(first) == "fetch_failed"
