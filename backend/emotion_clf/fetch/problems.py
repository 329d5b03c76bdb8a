"""Each kind of failure in its sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emotion_clf.errors import (
    BlockedError,
    FetchError,
    FetchTimedOutError,
    LiveStreamError,
    MediaNotFoundError,
    MediaTooLargeError,
    MediaTooLongError,
    NeedsLoginError,
    NetworkUnreachableError,
    NoCaptionsError,
    NoMediaError,
    PrivateAddressError,
    UnsupportedMediaError,
)

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

_SENTENCES: Final[tuple[tuple[type[FetchError], str], ...]] = (
    (BlockedError, "The site refuses this server, or this country. Download the file yourself and upload it."),
    (
        FetchError,
        "Nothing could be fetched from this address. Check that it plays in your browser, or upload the file.",
    ),
    (FetchTimedOutError, "Fetching took too long, or the other side stopped answering. Try again later."),
    (LiveStreamError, "This is live, or has not begun. Wait until it has ended and its recording is there."),
    (MediaNotFoundError, "There is nothing at this address any more. Check that it still opens in your browser."),
    (MediaTooLargeError, "This is larger than the {mebibytes:g} MiB that may be fetched. Cut it, and upload the part."),
    (
        MediaTooLongError,
        "This is longer than the {minutes:g} minutes that may be fetched. Cut it, and upload the part.",
    ),
    (NeedsLoginError, "Only people who have signed in there can play this. Download the file yourself and upload it."),
    (NetworkUnreachableError, "The site could not be reached, or the connection broke off. Try again later."),
    (NoCaptionsError, "There are no captions here. Fetch the sound instead, which can be written down from there."),
    (NoMediaError, "There is no sound or video on this page. Paste the address of the page where it plays."),
    (PrivateAddressError, "This address leads into a private network. Use one that is public on the internet."),
    (
        UnsupportedMediaError,
        "This is not in a form that can be read here. Convert it, for instance to MP3, and upload it.",
    ),
)
_BY_KIND: Final = {error.code: (error, sentence) for error, sentence in _SENTENCES}


def problem(kind: str, settings: Settings) -> FetchError:
    """The error of a kind, with its sentence; a kind that is not known is a plain failure."""
    error, sentence = _BY_KIND.get(kind, _BY_KIND[FetchError.code])
    return error(
        sentence.format(
            mebibytes=round(settings.fetch_max_bytes / 1024**2, 1), minutes=round(settings.fetch_max_duration_s / 60, 1)
        )
    )
