"""Address → media file, captions and facts."""

from __future__ import annotations

import logging
import re
import secrets
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import FetchTimedOutError, MediaTooLargeError, MediaTooLongError, NetworkUnreachableError
from emotion_clf.fetch.media import FetchedMedia
from emotion_clf.fetch.problems import problem
from emotion_clf.fetch.source import Source, parse_source
from emotion_clf.fetch.watch import Watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.fetch.child import Job
    from emotion_clf.fetch.media import FetchProgress
    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 8.0
_TITLE_CHARACTERS: Final = 200
_SUFFIX: Final = re.compile(r"\.[a-z0-9]{1,5}", re.ASCII)
_LANGUAGE: Final = re.compile(r"[A-Za-z0-9-]{1,35}", re.ASCII)


def fetch(
    url: str,
    folder: Path | str,
    settings: Settings,
    *,
    captions_only: bool = False,
    progress: Callable[[FetchProgress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> FetchedMedia:
    """Fetch the sound or video at an address, and its captions where it has some.

    Everything happens in a confined process with a deadline; where it fails, nothing stays in `folder`.

    Args:
        url: what somebody pasted.
        folder: where the files go, made where it is not there; their names are made here.
        settings: hosts and limits.
        captions_only: whether captions are enough, so that no media are fetched.
        progress: told a few times a second how much has come; an attempt that is repeated begins at 0 again.
        cancelled: asked ten times a second whether to stop.

    Raises:
        FetchError: one of its kinds, with the sentence for it; see `parse_source` and `problems`.
        UndecodableAudioError: what came could not be looked at in time.
        DecoderMissingError: there is no ffmpeg.
    """
    source = parse_source(url, settings)
    watch = Watch.start(settings, cancelled)
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True, mode=0o700)

    def attempt() -> FetchedMedia:
        from emotion_clf.fetch.process import run_job

        with tempfile.TemporaryDirectory(prefix=".fetch-", dir=place) as work:
            job = _job(source, work, settings, captions_only=captions_only)
            return _collect(job, place, source, run_job(job, watch, progress), settings)

    return _with_retries(attempt, watch)


def _with_retries(attempt: Callable[[], FetchedMedia], watch: Watch) -> FetchedMedia:
    """Repeat what the network spoilt, ever more patiently and never in step with others, while time is left."""
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

    def spoilt(error: BaseException) -> bool:
        return isinstance(error, NetworkUnreachableError | FetchTimedOutError) and watch.left_s > 0

    retrying = Retrying(
        retry=retry_if_exception(spoilt),
        wait=wait_exponential_jitter(multiplier=_FIRST_WAIT_S, max=_LONGEST_WAIT_S, jitter=_FIRST_WAIT_S),
        stop=stop_after_attempt(watch.settings.fetch_attempts),
        sleep=watch.sleep,
        reraise=True,
    )
    return retrying(attempt)


def _job(source: Source, work: str, settings: Settings, *, captions_only: bool) -> Job:
    from emotion_clf.fetch.child import Job

    return Job(
        url=source.url,
        folder=str(Path(work).absolute()),
        youtube=source.youtube_id is not None,
        captions_only=captions_only,
        languages=settings.fetch_caption_languages,
        max_bytes=settings.fetch_max_bytes,
        max_duration_s=settings.fetch_max_duration_s,
        stall_s=settings.fetch_stall_s,
        allow_loopback=settings.fetch_allow_private_addresses,
    )


def _collect(job: Job, place: Path, source: Source, facts: dict[str, Any], settings: Settings) -> FetchedMedia:
    """Check what the process left and move it to where it was asked for."""
    from emotion_clf.fetch.child import CAPTIONS_NAME, MEDIA_STEM

    media = _plain_file(Path(job.folder), f"{MEDIA_STEM}.*")
    captions = _plain_file(Path(job.folder), CAPTIONS_NAME)
    if (captions if job.captions_only else media) is None:
        raise problem("fetch_failed", settings)
    size_bytes = media.stat().st_size if media else 0
    duration_s = _checked_duration(media, size_bytes, facts, settings)
    stem = secrets.token_hex(8)
    language = str(facts.get("language") or "")
    return FetchedMedia(
        path=media and media.replace(place / f"{stem}{_suffix(media)}"),
        captions_path=captions and captions.replace(place / f"{stem}.vtt"),
        captions_language=(language if _LANGUAGE.fullmatch(language) else "und") if captions else None,
        captions_automatic=bool(captions and facts.get("automatic")),
        title=_one_line(str(facts.get("title") or "")),
        duration_s=duration_s,
        source_host=source.host,
        size_bytes=size_bytes,
        extractor=_one_line(str(facts.get("extractor") or "")),
    )


def _plain_file(work: Path, pattern: str) -> Path | None:
    """The one finished file of that name, no link and no part of one."""
    found = [path for path in work.glob(pattern) if path.is_file() and not path.is_symlink()]
    return found[0] if len(found) == 1 and found[0].suffix != ".part" else None


def _checked_duration(media: Path | None, size_bytes: int, facts: dict[str, Any], settings: Settings) -> float | None:
    """The length of the file in seconds, else the one its page tells.

    Raises:
        MediaTooLargeError: more bytes than the limit.
        MediaTooLongError: plays longer than the limit.
        UnsupportedMediaError: not a format that can be decoded here.
    """
    from emotion_clf.fetch.probe import probe_duration

    if size_bytes > settings.fetch_max_bytes:
        raise problem(MediaTooLargeError.code, settings)
    told = facts.get("duration_s")
    duration_s = float(told) if isinstance(told, int | float) else None
    if media is not None:
        duration_s = probe_duration(media, settings) or duration_s
    if (duration_s or 0) > settings.fetch_max_duration_s:
        raise problem(MediaTooLongError.code, settings)
    return duration_s


def _suffix(media: Path) -> str:
    """The ending of its name where it is a plain one."""
    return media.suffix if _SUFFIX.fullmatch(media.suffix) else ""


def _one_line(text: str) -> str:
    """Text of a page without line breaks and control characters, cut to a sensible length."""
    printable = "".join(character if character.isprintable() else " " for character in text)
    return " ".join(printable.split())[:_TITLE_CHARACTERS]
