"""What came of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Response

from emotion_clf.api import answers, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs
from emotion_clf.api.jobs import owned
from emotion_clf.calls.exports import audacity_labels, timeline_csv, timeline_json, timeline_webvtt
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import score
from emotion_clf.errors import JobStateError, NotFoundError
from emotion_clf.pipeline.requests import CALL
from emotion_clf.storage import JobState
from emotion_clf.web.job_results import sentences_csv, subtitles
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask.typing import ResponseReturnValue

    from emotion_clf.calls import Timeline
    from emotion_clf.storage import Job

blueprint = area("api_results", "Jobs")

_RETRY_AFTER_S: Final = 2
_CALL_FILES: Final[dict[str, tuple[Callable[[Timeline], str], str]]] = {
    "csv": (timeline_csv, "text/csv"),
    "vtt": (timeline_webvtt, "text/vtt"),
    "labels": (audacity_labels, "text/plain"),
}
_ENDINGS: Final = {"labels": "labels.txt"}
_TEXT: Final[dict[str, Any]] = {"schema": {"type": "string"}}
_KINDS: Final = ("text/csv", "text/vtt", "text/plain", "application/x-subrip")
_EXPORTED: Final[dict[int | str, dict[str, str | dict[str, dict[str, Any]]]]] = {
    200: {"description": "The file", "content": dict.fromkeys(_KINDS, _TEXT)}
}


@blueprint.get("/jobs/<job_id>/result")
@needs("read")
@blueprint.output(answers.Result)
def show(job_id: str) -> ResponseReturnValue:
    """The sentences of a source with their emotions, or the timeline and score of a call."""
    job = _succeeded(job_id)
    told: dict[str, Any] = {
        "id": job.id,
        "title": job.title,
        "kind": job.request.kind,
        "summary": {} if job.summary is None else job.summary.as_dict(),
    }
    if job.request.kind == CALL:
        timeline = services().calls.get(job.id).timeline
        told["call"] = timeline_json(timeline, score(timeline), key_moments(timeline), job.title)
    else:
        told["sentences"] = [sentence.as_dict() for sentence in services().jobs.sentences(job.id).items]
    return told


@blueprint.get("/jobs/<job_id>/export")
@needs("read")
@blueprint.input(schemas.ExportQuery, location="query", arg_name="asked")
@blueprint.doc(responses=_EXPORTED)
def export(job_id: str, asked: schemas.ExportQuery) -> ResponseReturnValue:
    """The result as a file for a spreadsheet, a player, or Audacity."""
    job = _succeeded(job_id)
    text, kind = _call_as(job, asked.form) if job.request.kind == CALL else _source_as(job, asked.form)
    name = f"{job.request.kind}-{job.id}.{_ENDINGS.get(asked.form, asked.form)}"
    return Response(text, mimetype=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _call_as(job: Job, form: str) -> tuple[str, str]:
    """A call as a file of a form, and its media type.

    Raises:
        NotFoundError: calls have none of that form.
    """
    if form not in _CALL_FILES:
        raise NotFoundError(f"There is no {form} of a call. Choose one of {', '.join(_CALL_FILES)}.")
    write, kind = _CALL_FILES[form]
    return write(services().calls.get(job.id).timeline), kind


def _source_as(job: Job, form: str) -> tuple[str, str]:
    """A source's sentences as a file of a form, and its media type.

    Raises:
        NotFoundError: there is none of that form, or nothing in it has a time.
    """
    sentences = services().jobs.sentences(job.id).items
    if form == "csv":
        return sentences_csv(sentences), "text/csv"
    if form == "labels":
        raise NotFoundError("There are labels of calls alone. Choose one of csv, vtt, srt.")
    return subtitles(job, sentences, form)


def _succeeded(job_id: str) -> Job:
    """A job of the one who asks, which has a result.

    Raises:
        JobStateError: it has none, or none yet.
    """
    job = owned(job_id)
    if job.state is JobState.FAILED:
        raise JobStateError(f"This job failed, so it has no result: {job.error_message}")
    if job.state is JobState.CANCELLED:
        raise JobStateError("This job was stopped, so it has no result.")
    if job.state is not JobState.SUCCEEDED:
        raise JobStateError("This job has not ended. Ask again in a little while.", retry_after_s=_RETRY_AFTER_S)
    return job
