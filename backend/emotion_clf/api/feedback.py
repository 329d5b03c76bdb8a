"""What somebody says of a clip's answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.api import answers, bodies, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.api.refusals import LabelError
from emotion_clf.web.feedback import judged_clip
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = area("api_feedback", "Analyses")


@blueprint.put("/analyses/<analysis_id>/feedback")
@needs("write")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.FeedbackRequest, arg_name="asked")
@blueprint.output(answers.Feedback)
def give(analysis_id: str, asked: schemas.FeedbackRequest) -> ResponseReturnValue:
    """Say which emotion it was; a second word replaces the first."""
    owner = principal().owner
    stored = services().analyses.get(analysis_id, owner=owner)
    known = stored.clip.prediction.probabilities
    if asked.label is not None and asked.label not in known:
        raise LabelError(f"The model that answered knows {', '.join(known)}. Send null where none fits.")
    judged = judged_clip(stored)
    right = asked.label == judged.label
    given = services().feedback.give(judged, owner=owner, right=right, correction=None if right else asked.label)
    return given.as_dict()


@blueprint.delete("/analyses/<analysis_id>/feedback")
@needs("write")
@blueprint.doc(responses={204: "Taken back, now or before"})
def withdraw(analysis_id: str) -> ResponseReturnValue:
    """Take it back."""
    owner = principal().owner
    stored = services().analyses.get(analysis_id, owner=owner)
    services().feedback.withdraw(stored.id, owner=owner)
    return "", 204
