"""“Was this right?”: what visitors say of their own answers, of clips and of windows of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, jsonify, redirect, url_for

from emotion_clf.errors import InvalidRequestError, NotFoundError
from emotion_clf.storage import Judged
from emotion_clf.web.call_windows import judged_window, owned_call
from emotion_clf.web.forms import FeedbackForm
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.visitor import visitor_id

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from flask.typing import ResponseReturnValue

    from emotion_clf.calls import Timeline
    from emotion_clf.storage import Feedback, StoredAnalysis

blueprint = Blueprint("feedback", __name__)

_ANSWERS: Final = {"1": True, "0": False}


@blueprint.post("/analyses/<analysis_id>/feedback")
def give_of_clip(analysis_id: str) -> ResponseReturnValue:
    """Say whether the answer of a clip was right; a second word replaces the first."""
    stored = services().analyses.get(analysis_id, owner=visitor_id())
    return _give(judged_clip(stored), stored.clip.prediction.probabilities, _clip_page(analysis_id, "given"))


@blueprint.post("/analyses/<analysis_id>/feedback/withdraw")
def withdraw_of_clip(analysis_id: str) -> ResponseReturnValue:
    """Take it back."""
    stored = services().analyses.get(analysis_id, owner=visitor_id())
    return _withdraw(judged_clip(stored), _clip_page(analysis_id, "withdrawn"))


@blueprint.get("/calls/<job_id>/feedback")
def of_call(job_id: str) -> ResponseReturnValue:
    """What this visitor said of a call's windows, by the windows' numbers."""
    said = by_window(owned_call(job_id).timeline, services().feedback.of_subject(job_id, owner=visitor_id()))
    return jsonify(windows={str(number): one.as_dict() for number, one in said.items()})


@blueprint.post("/calls/<job_id>/windows/<int:number>/feedback")
def give_of_window(job_id: str, number: int) -> ResponseReturnValue:
    """Say whether the answer of a window was right; a second word replaces the first."""
    timeline = owned_call(job_id).timeline
    return _give(judged_part(job_id, timeline, number), timeline.labels, _call_page(job_id))


@blueprint.post("/calls/<job_id>/windows/<int:number>/feedback/withdraw")
def withdraw_of_window(job_id: str, number: int) -> ResponseReturnValue:
    """Take it back."""
    return _withdraw(judged_part(job_id, owned_call(job_id).timeline, number), _call_page(job_id))


def judged_clip(stored: StoredAnalysis) -> Judged:
    """A clip's answer, as feedback speaks of it."""
    prediction = stored.clip.prediction
    return Judged(
        about="clip",
        subject_id=stored.id,
        start_s=0.0,
        end_s=stored.clip.duration_s,
        speaker="",
        label=prediction.label,
        confidence=prediction.confidence,
        model_name=prediction.model_name,
        model_version=prediction.model_version,
    )


def judged_part(job_id: str, timeline: Timeline, number: int) -> Judged:
    """The answer of a call's window, as feedback speaks of it.

    Raises:
        NotFoundError: there is no such window, or it has no answer.
    """
    window = judged_window(timeline, number)
    return Judged(
        about="call",
        subject_id=job_id,
        start_s=window.start_s,
        end_s=window.end_s,
        speaker=window.speaker,
        label=window.label,
        confidence=window.confidence,
        model_name=timeline.model_name,
        model_version=timeline.model_version,
    )


def by_window(timeline: Timeline, said: Iterable[Feedback]) -> dict[int, Feedback]:
    """What was said of a call, by the numbers of its windows."""
    found = {(one.judged.speaker, one.judged.start_s): one for one in said}
    places = ((window.speaker or "", round(window.start_s, 3)) for window in timeline.windows)
    return {number: found[place] for number, place in enumerate(places) if place in found}


def _give(judged: Judged, labels: Collection[str], page: str) -> ResponseReturnValue:
    owner = visitor_id()
    if owner is None:
        raise NotFoundError("This browser has no results. Send a clip first.")
    right, correction = _sent(judged, labels)
    given = services().feedback.give(judged, owner=owner, right=right, correction=correction)
    return jsonify(given.as_dict()) if wants_json() else redirect(page, code=303)


def _withdraw(judged: Judged, page: str) -> ResponseReturnValue:
    services().feedback.withdraw(judged.subject_id, owner=visitor_id(), speaker=judged.speaker, start_s=judged.start_s)
    return ("", 204) if wants_json() else redirect(page, code=303)


def _sent(judged: Judged, labels: Collection[str]) -> tuple[bool, str | None]:
    """Whether it was right, and the correction.

    Raises:
        InvalidRequestError: the form says neither, or corrects to what the model does not know or has answered.
    """
    sent = FeedbackForm()
    right = _ANSWERS.get(sent.right.data or "")
    if right is None:
        raise InvalidRequestError("Say whether it was right: the field 'right' takes 1 for yes, 0 for no.")
    correction = sent.correction.data or None
    others = [label for label in labels if label != judged.label]
    if correction is not None and (right or correction not in others):
        raise InvalidRequestError(
            f"A correction goes with 'right' 0 and is one of {', '.join(others)}. Leave it out where none fits."
        )
    return right, correction


def _clip_page(analysis_id: str, said: str) -> str:
    return url_for("clips.result", analysis_id=analysis_id, feedback=said, _anchor="feedback")


def _call_page(job_id: str) -> str:
    return url_for("call.show", job_id=job_id)
