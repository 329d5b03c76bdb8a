"""A request → the rows of a job that waits."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.pipeline.requests import SourceRequest, steps_of
from emotion_clf.storage.job_queries import changed
from emotion_clf.storage.job_values import JobState, StepState
from emotion_clf.storage.tables import JobRow, StepRow

if TYPE_CHECKING:
    from emotion_clf.storage.job_values import Request
    from emotion_clf.transcription.redaction import Redaction

_TITLE_CHARACTERS: Final = 200
_TEXT_TITLE_CHARACTERS: Final = 60


def new_row(job_id: str, request: Request, owner: str, title: str, *, media: str | None, consent: str | None) -> JobRow:
    """The row of a job that was just asked for.

    Args:
        job_id: its id.
        request: what is to be read, and how.
        owner: whose it is.
        title: what it is called.
        media: the name of the file that was given, None where none was.
        consent: version of the text that was agreed to, None where none was shown.
    """
    now = datetime.now(UTC)
    return JobRow(
        id=job_id,
        owner=owner,
        kind=request.kind,
        source=printable(request.source),
        options=request.options.as_dict(),
        title=title,
        state=JobState.QUEUED,
        created_at=now,
        updated_at=now,
        queued_at=now,
        attempt=0,
        cancel_requested=False,
        revision=1,
        media=media if request.plays else None,
        consent=consent,
    )


def new_steps(job_id: str, request: Request) -> list[StepRow]:
    """The rows of its steps, none of them begun."""
    return [
        StepRow(job_id=job_id, position=position, name=name, state=StepState.WAITING, message="")
        for position, name in enumerate(steps_of(request.kind))
    ]


def without_personal_data(request: Request, redaction: Redaction) -> Request:
    """Return the request as it may be stored: a file's name may hold personal data too."""
    if not (isinstance(request, SourceRequest) and request.options.redact and request.kind == "file"):
        return request
    name = PurePath(request.source.replace("\\", "/"))
    return replace(request, source=redaction.line(name.stem, _TITLE_CHARACTERS) + name.suffix)


def title_of(request: Request, text: str | None, redaction: Redaction) -> str:
    """Return what to call a job until its source tells more.

    Raises:
        InvalidRequestError: a region of the redaction is not known.
        EngineMissingError: the engine that redacts is not installed.
    """
    if text is None:
        name = request.source if request.kind == "url" else PurePath(request.source.replace("\\", "/")).name
        return printable(name)[:_TITLE_CHARACTERS] or "file"
    if isinstance(request, SourceRequest) and request.options.redact:
        text = redaction.line(text, _TEXT_TITLE_CHARACTERS + 1)
    line = printable(" ".join(text.split()))
    return line if len(line) <= _TEXT_TITLE_CHARACTERS else f"{line[:_TEXT_TITLE_CHARACTERS].rstrip()}…"


def as_if_new() -> dict[str, Any]:
    """A job as if it had just been asked for."""
    now = datetime.now(UTC)
    return {
        "state": JobState.QUEUED,
        "queued_at": now,
        "ended_at": None,
        "error_code": None,
        "error_message": None,
        "attempt": 0,
        "cancel_requested": False,
        "summary": None,
        "lease_token": None,
        "lease_until": None,
        **changed(now),
    }


def printable(text: str) -> str:
    """Text as data: no control or direction-changing characters, and none that no database takes."""
    return "".join(character if character.isprintable() else " " for character in text).strip()
