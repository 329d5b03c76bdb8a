"""What comes from an address, and how far it has come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class FetchedMedia:
    """What was fetched; the files belong to the caller, who deletes them.

    Attributes:
        path: the sound or video, None where captions alone were asked for.
        captions_path: the captions as WebVTT, None where there are none.
        captions_language: their language as the page names it, None where there are none.
        captions_automatic: whether they were made by a machine.
        title: what the page calls it, on one line and cut to a sensible length; never trust it as markup.
        duration_s: its length in seconds as the file says, else as the page says, None where neither does.
        source_host: the host of the address asked for.
        size_bytes: size of the file at `path`, 0 without one.
        extractor: which reader of pages found it, for instance `Youtube` or `Generic`.
    """

    path: Path | None
    captions_path: Path | None
    captions_language: str | None
    captions_automatic: bool
    title: str
    duration_s: float | None
    source_host: str
    size_bytes: int
    extractor: str


@dataclass(frozen=True, slots=True)
class FetchProgress:
    """How much has come.

    Attributes:
        fetched_bytes: bytes so far, of this attempt.
        total_bytes: bytes in all as the server claims, None where it does not.
    """

    fetched_bytes: int
    total_bytes: int | None
