"""What visitors say of answers, for the administrators: counts, a list, and a table to train from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, render_template

from emotion_clf.spreadsheet import to_csv
from emotion_clf.web.numbers import asked_page
from emotion_clf.web.presentation import look_of
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Feedback

blueprint = Blueprint("feedback_admin", __name__, url_prefix="/admin")
guard(blueprint)

_PER_PAGE: Final = 50
_COLUMNS: Final = (
    "about",
    "subject_id",
    "recording",
    "start_s",
    "end_s",
    "speaker",
    "predicted",
    "confidence",
    "right",
    "label",
    "model",
    "created_at",
)


@blueprint.get("/feedback")
def index() -> ResponseReturnValue:
    """How often answers were called right, and the newest words on them."""
    feedback = services().feedback
    counts = feedback.counts()
    if wants_json():
        return jsonify(total=counts.total, right=counts.right, corrected=counts.corrected, agreement=counts.agreement)
    page = asked_page()
    return render_template(
        "feedback.html", counts=counts, found=feedback.search(page=page, per_page=_PER_PAGE), look=look_of
    )


@blueprint.get("/feedback.csv")
def table() -> ResponseReturnValue:
    """Everything as CSV; recordings are named by their place (see `AnalysisStore.kept`), where they are still there."""
    found = services().feedback.search().items
    places = services().analyses.kept() | services().calls.kept(_calls(found))
    rows = [_row(feedback, places.get(feedback.judged.subject_id, "")) for feedback in found]
    response = Response(to_csv(_COLUMNS, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="feedback.csv"'
    return response


def _calls(found: Sequence[Feedback]) -> set[str]:
    """The calls that feedback is about."""
    return {feedback.judged.subject_id for feedback in found if feedback.judged.about != "clip"}


def _row(feedback: Feedback, recording: str) -> dict[str, Any]:
    judged = feedback.judged
    return {
        "about": judged.about,
        "subject_id": judged.subject_id,
        "recording": recording,
        "start_s": judged.start_s,
        "end_s": judged.end_s,
        "speaker": judged.speaker,
        "predicted": judged.label,
        "confidence": judged.confidence,
        "right": int(feedback.right),
        "label": feedback.label or "",
        "model": f"{judged.model_name} {judged.model_version}",
        "created_at": feedback.created_at.isoformat(timespec="seconds"),
    }
