"""What came of a job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emotion_clf.api import answers
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs
from emotion_clf.api.jobs import owned
from emotion_clf.calls.exports import timeline_json
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import score
from emotion_clf.errors import JobStateError
from emotion_clf.pipeline.requests import CALL
from emotion_clf.storage import JobState
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = area("api_results", "Jobs")

_RETRY_AFTER_S: Final = 2


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
