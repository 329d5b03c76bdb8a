"""The step `fetch`: an address → a recording, and captions where there are some."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Final

from emotion_clf.fetch import fetch
from emotion_clf.pipeline.requests import FETCH, STEPS
from emotion_clf.pipeline.step import StepReport
from emotion_clf.transcription.redaction import Redaction

if TYPE_CHECKING:
    from emotion_clf.fetch import FetchedMedia, FetchProgress
    from emotion_clf.pipeline.requests import SourceRequest
    from emotion_clf.pipeline.step import StepWatch
    from emotion_clf.pipeline.work_folder import WorkFolder
    from emotion_clf.settings import Settings

_MIB: Final = 1024**2
_TITLE_CHARACTERS: Final = 200


def fetch_source(request: SourceRequest, folder: WorkFolder, settings: Settings, watch: StepWatch) -> StepReport:
    """Fetch what is at an address.

    Raises:
        EmotionError: as `fetch`.
    """
    _clean(folder)

    def tell(so_far: FetchProgress) -> None:
        total = so_far.total_bytes
        whole = "" if total is None else f" of {total / _MIB:.1f}"
        share = min(so_far.fetched_bytes / total, 1.0) if total else None
        watch.progress(share, f"{so_far.fetched_bytes / _MIB:.1f}{whole} MiB")

    watch.progress(None, "Asking the site")
    fetched = fetch(request.source, folder.path, settings, progress=tell, cancelled=watch.cancelled)
    media = None if fetched.path is None else fetched.path.name
    captions = None if fetched.captions_path is None else fetched.captions_path.name
    title = fetched.title
    if request.options.redact:
        title = Redaction.of(settings).line(title, _TITLE_CHARACTERS)
    outcome = {
        "title": title,
        "duration_s": fetched.duration_s,
        "media": media,
        "captions": captions,
        "captions_language": fetched.captions_language,
    }
    return folder.finish(FETCH, outcome, StepReport(_said(fetched), title=title or None, media=media))


def _clean(folder: WorkFolder) -> None:
    """Delete what an earlier fetch left: its files, and those of one that was cut off."""
    before = folder.outcome(FETCH)
    for name in (before.get("media"), before.get("captions")):
        if name:
            (folder.path / name).unlink(missing_ok=True)
    folder.forget(STEPS)
    for half in folder.path.glob(".fetch-*"):
        shutil.rmtree(half, ignore_errors=True)


def _said(fetched: FetchedMedia) -> str:
    by = "made by a machine" if fetched.captions_automatic else "written by people"
    captions = f", with captions in '{fetched.captions_language}' {by}" if fetched.captions_path else ""
    return f"{fetched.size_bytes / _MIB:.1f} MiB from {fetched.source_host}{captions}"
