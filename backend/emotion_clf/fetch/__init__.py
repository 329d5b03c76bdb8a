"""Address → media file, captions and facts: parsed and refused here, fetched in a guarded process."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from emotion_clf.fetch.fetcher import fetch
    from emotion_clf.fetch.media import FetchedMedia, FetchProgress
    from emotion_clf.fetch.source import Source, parse_source

__all__ = ["FetchProgress", "FetchedMedia", "Source", "fetch", "parse_source"]

_HOMES: Final = {
    "FetchProgress": "media",
    "FetchedMedia": "media",
    "Source": "source",
    "fetch": "fetcher",
    "parse_source": "source",
}


def __getattr__(name: str) -> object:
    """Import on first use, so that the fetching process, which starts anew each time, brings only its own parts."""
    if name in _HOMES:
        return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
