"""Is the process alive; can it answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify

from emotion_clf.errors import EmotionError
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("health", __name__, url_prefix="/health")


@blueprint.get("")
def summary() -> ResponseReturnValue:
    """The process answers, in its shortest form."""
    return live()


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="ok")


@blueprint.get("/ready")
def ready() -> ResponseReturnValue:
    """The models are loaded and the database is at the newest revision; a server without a text model does without."""
    text_models = services().text_models
    checks = {
        "model": services().models.ready,
        "text_model": text_models.ready or not text_models.folders(),
        "database": _database_ready(),
    }
    ok = all(checks.values())
    return jsonify(status="ok" if ok else "not ready", checks=checks), 200 if ok else 503


def _database_ready() -> bool:
    try:
        current, newest = services().database.revisions()
    except EmotionError:
        return False
    return current == newest
