"""The fetching process: `python -m emotion_clf.fetch.child`, a job as JSON on its input, JSON lines on its output.

It runs under the limits of `audio/confine.py` and the guard of `guard.py`, with an empty environment and a folder of
its own. Whatever it says is checked by the process that started it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.fetch import guard
from emotion_clf.fetch.captions import choose_captions
from emotion_clf.fetch.diagnosis import diagnose

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.fetch.captions import CaptionTrack

CAPTIONS_NAME: Final = "captions.vtt"
MEDIA_STEM: Final = "media"
_CAPTIONS_BYTES: Final = 8 * 1024**2
_REPORT_EVERY_S: Final = 0.2
_UNFINISHED: Final = {"is_live", "is_upcoming", "post_live"}
# Sound alone, else the smallest video that is not tiny; only what yt-dlp fetches itself, inside the guard.
_FORMATS: Final = "/".join(
    f"{choice}[protocol{protocol}]"
    for choice in ("ba", "b[height<=?480]", "b")
    for protocol in ("^=http", "=m3u8_native")
)


@dataclass(frozen=True, slots=True)
class Job:
    """What to fetch, and within which limits.

    Attributes:
        url: a checked address.
        folder: where the files go.
        youtube: whether the address is one of YouTube, so that no other reader of pages is needed.
        captions_only: whether captions are enough.
        languages: preferred languages of captions, best first.
        max_bytes: largest file, in bytes.
        max_duration_s: longest sound, in seconds, where the page tells it.
        stall_s: silence after which a connection is given up, in seconds.
        allow_loopback: whether 127.0.0.1 may be connected to.
    """

    url: str
    folder: str
    youtube: bool
    captions_only: bool
    languages: list[str]
    max_bytes: int
    max_duration_s: float
    stall_s: float
    allow_loopback: bool


class _Silent:
    """yt-dlp's messages go nowhere: the exceptions tell what is needed."""

    def debug(self, message: str) -> None:
        """Say nothing."""

    info = warning = error = debug


def main() -> None:
    """Do the job on the input and tell the outcome on the output."""
    job = Job(**json.load(sys.stdin))
    report = _take_output()
    refused = guard.install(allow_loopback=job.allow_loopback)
    try:
        report({"event": "done", **_fetch(job, report)})
    except Exception as error:
        kind = "private_address" if refused else _stopped(error) or diagnose(error)
        report({"event": "failed", "kind": kind, "detail": f"{type(error).__name__}: {error}"[:1000]})


def _take_output() -> Callable[[dict[str, Any]], None]:
    """Keep the output for our lines; what a library prints joins the messages."""
    descriptor = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def report(line: dict[str, Any]) -> None:
        os.write(descriptor, json.dumps(line).encode() + b"\n")

    return report


def _stopped(error: BaseException) -> str | None:
    """The kind with which one of our own hooks stopped yt-dlp."""
    from yt_dlp.utils import DownloadCancelled

    return error.msg if isinstance(error, DownloadCancelled) else None


def _fetch(job: Job, report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Read the page, take its captions, then its media; the facts learnt."""
    # Its requests would not pass through Python's sockets, so the guard could not see them.
    sys.modules["curl_cffi"] = None  # type: ignore[assignment]
    from yt_dlp import YoutubeDL

    with YoutubeDL(_options(job, report)) as reader:
        info = _only_one(reader.extract_info(job.url, download=False))
        _check(info, job)
        captions = _take_captions(reader, choose_captions(info, job.languages), Path(job.folder))
        if not job.captions_only:
            # The captions are here already.
            reader.params.update(writesubtitles=False, writeautomaticsub=False)
            reader.process_ie_result(info, download=True)
        elif captions is None:
            _stop("no_captions")
    return {
        "title": str(info.get("title") or ""),
        "duration_s": info.get("duration"),
        "extractor": str(info.get("extractor_key") or ""),
        "language": captions and captions.language,
        "automatic": bool(captions and captions.automatic),
    }


def _options(job: Job, report: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """yt-dlp's options: no configuration, cache, proxy, program, post-processing or retry of its own."""
    return {
        "allowed_extractors": ["youtube"] if job.youtube else ["default"],
        "cachedir": False,
        "color": "never",
        "extractor_retries": 0,
        "file_access_retries": 0,
        "fixup": "never",
        "format": _FORMATS,
        "fragment_retries": 0,
        "hls_prefer_native": True,
        "ignoreconfig": True,
        "js_runtimes": {},
        "logger": _Silent(),
        "noplaylist": True,
        "noprogress": True,
        "outtmpl": {"default": str(Path(job.folder) / f"{MEDIA_STEM}.%(ext)s")},
        "playlist_items": "1",
        "progress_hooks": [_watch(job, report)],
        "proxy": "",
        "quiet": True,
        "retries": 0,
        "skip_unavailable_fragments": False,
        "socket_timeout": job.stall_s,
        "updatetime": False,
        "writeautomaticsub": True,
        "writesubtitles": True,
    }


def _check(info: dict[str, Any], job: Job) -> None:
    """Stop at what has not ended or is too long, before it is downloaded."""
    if info.get("is_live") or info.get("live_status") in _UNFINISHED:
        _stop("live_stream")
    if (info.get("duration") or 0) > job.max_duration_s:
        _stop("too_long")


def _watch(job: Job, report: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], None]:
    """Counts bytes as they come, whatever the server claimed, and tells of them now and then."""
    last_s = 0.0

    def watch(state: dict[str, Any]) -> None:
        nonlocal last_s
        fetched, total = state.get("downloaded_bytes") or 0, state.get("total_bytes")
        if max(fetched, total or 0) > job.max_bytes:
            _stop("too_large")
        now_s = time.monotonic()
        if now_s - last_s > _REPORT_EVERY_S or state.get("status") == "finished":
            last_s = now_s
            report({"event": "progress", "fetched_bytes": fetched, "total_bytes": total})

    return watch


def _only_one(info: dict[str, Any] | None) -> dict[str, Any]:
    """The first entry of a list, or what is no list."""
    if info and "entries" in info:
        info = next((entry for entry in info["entries"] if entry), None)
    if not info:
        _stop("no_media")
    return info or {}


def _take_captions(reader: Any, track: CaptionTrack | None, folder: Path) -> CaptionTrack | None:
    """Fetch captions into the folder; captions that cannot be had are none."""
    from yt_dlp.networking.exceptions import RequestError

    if track is None:
        return None
    try:
        with reader.urlopen(track.url) as response:
            text = response.read(_CAPTIONS_BYTES + 1)
    except RequestError:
        return None
    if len(text) > _CAPTIONS_BYTES or not text.removeprefix(b"\xef\xbb\xbf").startswith(b"WEBVTT"):
        return None
    (folder / CAPTIONS_NAME).write_bytes(text)
    return track


def _stop(kind: str) -> None:
    """Give up, also from inside a hook of yt-dlp, which lets this one exception pass."""
    from yt_dlp.utils import DownloadCancelled

    raise DownloadCancelled(kind)


if __name__ == "__main__":
    main()
