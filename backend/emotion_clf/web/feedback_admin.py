"""What visitors say of answers, for the administrators: counts, a list, and a table to train from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, jsonify, render_template, request

from emotion_clf.errors import NotFoundError
from emotion_clf.spreadsheet import to_csv
from emotion_clf.web.presentation import look_of
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard

if TYPE_CHECKING:
    from pathlib import Path

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
    page = max(1, request.args.get("page", 1, type=int))
    return render_template(
        "feedback.html", counts=counts, found=feedback.search(page=page, per_page=_PER_PAGE), look=look_of
    )


@blueprint.get("/feedback.csv")
def table() -> ResponseReturnValue:
    """Everything as CSV; recordings are named by their place in the instance folder, where they are still kept."""
    recordings = _Recordings()
    rows = [_row(feedback, recordings.of(feedback)) for feedback in services().feedback.search().items]
    response = Response(to_csv(_COLUMNS, rows), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="feedback.csv"'
    return response


class _Recordings:
    """Where the recordings lie that feedback is about."""

    def __init__(self) -> None:
        self._clips = services().analyses.kept()

    def of(self, feedback: Feedback) -> Path | None:
        """The file, in the instance folder; None where it is not kept."""
        path = self._path(feedback)
        return None if path is None else path.relative_to(services().settings.instance_dir)

    def _path(self, feedback: Feedback) -> Path | None:
        if feedback.judged.about == "clip":
            return self._clips.get(feedback.judged.subject_id)
        try:
            return services().calls.sound(feedback.judged.subject_id)
        except NotFoundError:
            return None


def _row(feedback: Feedback, recording: Path | None) -> dict[str, Any]:
    judged = feedback.judged
    return {
        "about": judged.about,
        "subject_id": judged.subject_id,
        "recording": "" if recording is None else recording.as_posix(),
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
