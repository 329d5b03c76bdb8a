"""Pages that explain: home, models and their cards, privacy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, render_template, request, send_file

from emotion_clf.storage.consents import version_of
from emotion_clf.web import markdown
from emotion_clf.web.scores import language_name, score_rows
from emotion_clf.web.security import FIGURE_POLICY
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = Blueprint("pages", __name__)

_A_YEAR_S: Final = 365 * 24 * 3600


@blueprint.get("/")
def home() -> ResponseReturnValue:
    """What it is and where to go."""
    return render_template("home.html", settings=services().settings)


@blueprint.get("/models")
def models() -> ResponseReturnValue:
    """The installed models."""
    registry = services().models
    return render_template(
        "models.html",
        shown=[(manifest, score_rows(manifest)) for manifest in registry.manifests()],
        default_name=registry.default_name,
        language_name=language_name,
        has_leaderboard=registry.has_leaderboard,
        readers=services().text_models.manifests(),
        default_reader=services().text_models.default_name,
    )


@blueprint.get("/models/leaderboard")
def leaderboard() -> ResponseReturnValue:
    """How models compare, where somebody compared them."""
    return render_template("leaderboard.html", table=markdown.render(services().models.leaderboard()))


@blueprint.get("/models/<name>")
def model_card(name: str) -> ResponseReturnValue:
    """One model's card."""
    registry = services().models
    manifest = registry.manifest(name)
    return render_template("model_card.html", manifest=manifest, card=markdown.render(registry.card(name)))


@blueprint.get("/models/text/<name>")
def text_model_card(name: str) -> ResponseReturnValue:
    """The card of a model that reads."""
    registry = services().text_models
    manifest = registry.manifest(name)
    return render_template("model_card.html", manifest=manifest, card=markdown.render(registry.card(name)))


@blueprint.get("/models/<name>/figures/<file>")
def figure(name: str, file: str) -> ResponseReturnValue:
    """One plot of a model; under its fingerprint it never changes, so a browser may keep it."""
    registry = services().models
    path = registry.figure(name, file)
    response = send_file(path, mimetype="image/svg+xml", conditional=True)
    response.headers["Content-Security-Policy"] = FIGURE_POLICY
    if request.args.get("sha256") == registry.manifest(name).files[file].sha256:
        response.headers["Cache-Control"] = f"public, max-age={_A_YEAR_S}, immutable"
    return response


@blueprint.get("/privacy")
def privacy() -> ResponseReturnValue:
    """What is stored, for how long, and what the answers are not."""
    settings = services().settings
    return render_template("privacy.html", settings=settings, consent_version=version_of(settings.consent_text))
