"""What somebody says of the answers for a clip and for the windows of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_clf.api import answers, bodies, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.api.jobs import owned
from emotion_clf.api.refusals import LabelError
from emotion_clf.errors import NotFoundError
from emotion_clf.pipeline.requests import CALL
from emotion_clf.web.feedback import by_window, judged_clip, judged_part
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask.typing import ResponseReturnValue

    from emotion_clf.calls import Timeline
    from emotion_clf.storage import Judged

blueprint = area("api_feedback", "Feedback")

_CLIP = "/analyses/<analysis_id>/feedback"
_WINDOW = "/jobs/<job_id>/windows/<int:number>/feedback"


@blueprint.get(_CLIP)
@needs("read")
@blueprint.output(answers.Feedback)
def show(analysis_id: str) -> ResponseReturnValue:
    """What you said of a clip's answer."""
    owner = principal().owner
    said = services().feedback.find(services().analyses.get(analysis_id, owner=owner).id, owner=owner)
    if said is None:
        raise NotFoundError("You have said nothing of this answer. PUT says it.")
    return said.as_dict()


@blueprint.put(_CLIP)
@needs("write")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.FeedbackRequest, arg_name="asked")
@blueprint.output(answers.Feedback)
def give(analysis_id: str, asked: schemas.FeedbackRequest) -> ResponseReturnValue:
    """Say which emotion a clip has; a second word replaces the first."""
    stored = services().analyses.get(analysis_id, owner=principal().owner)
    return _given(judged_clip(stored), stored.clip.prediction.probabilities, asked.label)


@blueprint.delete(_CLIP)
@needs("write")
@blueprint.doc(responses={204: "Taken back, now or before"})
def withdraw(analysis_id: str) -> ResponseReturnValue:
    """Take back what you said of a clip."""
    stored = services().analyses.get(analysis_id, owner=principal().owner)
    services().feedback.withdraw(stored.id, owner=principal().owner)
    return "", 204


@blueprint.get("/jobs/<job_id>/feedback")
@needs("read")
@blueprint.output(answers.WindowFeedbackList)
def show_of_call(job_id: str) -> ResponseReturnValue:
    """What you said of a call's windows."""
    timeline = _timeline(job_id)
    said = by_window(timeline, services().feedback.of_subject(job_id, owner=principal().owner))
    return {"items": [{"window": number, **one.as_dict()} for number, one in said.items()]}


@blueprint.put(_WINDOW)
@needs("write")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.FeedbackRequest, arg_name="asked")
@blueprint.output(answers.Feedback)
def give_of_window(job_id: str, number: int, asked: schemas.FeedbackRequest) -> ResponseReturnValue:
    """Say which emotion a window of a call has; the first of the timeline is 0."""
    timeline = _timeline(job_id)
    return _given(judged_part(job_id, timeline, number), timeline.labels, asked.label)


@blueprint.delete(_WINDOW)
@needs("write")
@blueprint.doc(responses={204: "Taken back, now or before"})
def withdraw_of_window(job_id: str, number: int) -> ResponseReturnValue:
    """Take back what you said of a window."""
    judged = judged_part(job_id, _timeline(job_id), number)
    services().feedback.withdraw(job_id, owner=principal().owner, speaker=judged.speaker, start_s=judged.start_s)
    return "", 204


def _timeline(job_id: str) -> Timeline:
    """The timeline of a call of the one who asks.

    Raises:
        NotFoundError: there is no such job, or it is no call.
        JobStateError: it is not analysed yet.
    """
    job = owned(job_id)
    if job.request.kind != CALL:
        raise NotFoundError("This job is no call, so it has no windows.")
    return services().calls.get(job.id).timeline


def _given(judged: Judged, labels: Collection[str], label: str | None) -> dict[str, Any]:
    """Store what is said of an answer.

    Raises:
        LabelError: the model that answered does not know this emotion.
    """
    if label is not None and label not in labels:
        raise LabelError(f"The model that answered knows {', '.join(labels)}. Send null where none fits.")
    right = label == judged.label
    said = services().feedback.give(judged, owner=principal().owner, right=right, correction=None if right else label)
    return said.as_dict()
