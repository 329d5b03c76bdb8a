"""Whether the models still meet what they learnt from, for the administrators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, jsonify, render_template, request

from emotion_clf.storage.drift import ANSWERS, SOURCES
from emotion_clf.web import drift_view
from emotion_clf.web.numbers import whole_number
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("drift_admin", __name__, url_prefix="/admin")
guard(blueprint)

WINDOWS: Final = {1: "Today", 7: "7 days", 30: "30 days"}
_USUAL: Final = 7


@blueprint.get("/drift")
def index() -> ResponseReturnValue:
    """Every installed model beside what it learnt from."""
    asked = whole_number(request.args.get("days", ""))
    days = asked if asked in WINDOWS else _USUAL
    rooms = services()
    rooms.observer.flush()
    found = rooms.drift.report(days)
    if wants_json():
        return jsonify(days=days, models=[drift.as_dict() for drift in found])
    return render_template(
        "drift.html",
        days=days,
        windows=WINDOWS,
        found=found,
        view=drift_view,
        sources=SOURCES,
        answers=ANSWERS,
        settings=rooms.settings,
    )
