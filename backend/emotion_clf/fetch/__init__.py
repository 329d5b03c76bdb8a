"""Address → media file, captions and facts: parsed and refused here, fetched in a guarded process."""

from emotion_clf.fetch.fetcher import fetch
from emotion_clf.fetch.media import FetchedMedia, FetchProgress
from emotion_clf.fetch.source import Source, parse_source

__all__ = ["FetchProgress", "FetchedMedia", "Source", "fetch", "parse_source"]
