"""The page on which the API can be read and tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Blueprint, current_app, render_template

from emotion_clf.web.services import services

if TYPE_CHECKING:
    from apiflask import APIFlask
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("api_docs", __name__)


@blueprint.get("/docs")
def page() -> ResponseReturnValue:
    """Every address with what it takes and gives, and a way to ask."""
    spec = cast("APIFlask", current_app).spec
    return render_template("api.html", spec=spec, asks_for_tokens=services().settings.asks_for_tokens)
