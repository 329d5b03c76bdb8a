"""What can be taken away from a call: its timeline as files, its sound, and what its page draws."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, jsonify, send_file

from emotion_clf.calls.exports import audacity_labels, timeline_csv, timeline_json, timeline_webvtt
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import score
from emotion_clf.web.call_windows import owned_call
from emotion_clf.web.job_view import title_of
from emotion_clf.web.services import services
from emotion_clf.web.timeline_data import timeline_data
from emotion_clf.web.visitor import visitor_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("call_results", __name__, url_prefix="/calls")

SOUND_TYPE: Final = "audio/flac"


@blueprint.get("/<job_id>.json")
def as_json(job_id: str) -> ResponseReturnValue:
    """The timeline, the score and the moments as a JSON file."""
    stored = owned_call(job_id)
    timeline = stored.timeline
    told = timeline_json(timeline, score(timeline), key_moments(timeline), title_of(stored.job))
    return _attached(json.dumps(told, indent=2), "application/json", job_id, "json")


@blueprint.get("/<job_id>.csv")
def as_csv(job_id: str) -> ResponseReturnValue:
    """One row for each window."""
    return _attached(timeline_csv(owned_call(job_id).timeline), "text/csv", job_id, "csv")


@blueprint.get("/<job_id>.vtt")
def as_webvtt(job_id: str) -> ResponseReturnValue:
    """A cue for each judged window."""
    return _attached(timeline_webvtt(owned_call(job_id).timeline), "text/vtt", job_id, "vtt")


@blueprint.get("/<job_id>.labels.txt")
def as_labels(job_id: str) -> ResponseReturnValue:
    """A label track for Audacity."""
    return _attached(audacity_labels(owned_call(job_id).timeline), "text/plain", job_id, "labels.txt")


@blueprint.get("/<job_id>/view.json")
def view(job_id: str) -> ResponseReturnValue:
    """What the page's script draws."""
    stored = owned_call(job_id)
    return jsonify(timeline_data(stored.timeline, services().calls.peaks(job_id)))


@blueprint.get("/<job_id>/sound")
def sound(job_id: str) -> ResponseReturnValue:
    """The sound of a call; ranges are served, so that a player can seek."""
    job = services().calls.job(job_id, owner=visitor_id())
    return send_file(services().calls.sound(job.id), mimetype=SOUND_TYPE, conditional=True)


def _attached(text: str, kind: str, job_id: str, ending: str) -> Response:
    response = Response(text, mimetype=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="call-{job_id}.{ending}"'
    return response
