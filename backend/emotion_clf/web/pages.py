"""Pages that explain: home, models and their cards, privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, render_template

from emotion_clf.web import markdown
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("pages", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """What it is and where to go."""
    return render_template("home.html", settings=services().settings)


@blueprint.get("/models")
def models() -> ResponseReturnValue:
    """The installed models."""
    registry = services().models
    return render_template("models.html", manifests=registry.manifests(), default_name=registry.default_name)


@blueprint.get("/models/<name>")
def model_card(name: str) -> ResponseReturnValue:
    """One model's card."""
    registry = services().models
    manifest = registry.manifest(name)
    return render_template("model_card.html", manifest=manifest, card=markdown.render(registry.card(name)))


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is stored, for how long, and what the answers are not."""
    return render_template("privacy.html", settings=services().settings)
