"""Why a window of a call got its answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from emotion_clf.errors import EmotionError
from emotion_clf.web import why_view
from emotion_clf.web.allowance import count_explanation
from emotion_clf.web.call_windows import judged_window, owned_call
from emotion_clf.web.problems import json_answer
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("call_why", __name__)
blueprint.register_error_handler(EmotionError, json_answer)


@blueprint.get("/calls/<job_id>/windows/<int:number>/why")
def of_window(job_id: str, number: int) -> ResponseReturnValue:
    """Which stretches of a window speak for its answer, in seconds of the call."""
    timeline = owned_call(job_id).timeline
    label = judged_window(timeline, number).label
    count_explanation()
    why = services().why
    why.manifest(timeline.model_name, timeline.model_version)
    folder, embeddings = services().calls.heard(job_id), services().calls.embeddings(job_id)
    return jsonify(why_view.as_json(why.of_window(folder, timeline, number, embeddings), label))
