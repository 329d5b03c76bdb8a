"""Models: what is installed, and how good it was measured to be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_clf.api import answers
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs
from emotion_clf.errors import ModelNotFoundError
from emotion_clf.text import EMOTIONS
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.speech import Manifest
    from emotion_clf.text.manifest import TextManifest

blueprint = area("api_models", "Models")


@blueprint.get("/models")
@needs("read")
@blueprint.output(answers.ModelList)
def index() -> ResponseReturnValue:
    """The installed models: those that hear, then those that read."""
    return {"items": _cards()}


@blueprint.get("/models/<name>")
@needs("read")
@blueprint.output(answers.ModelList)
def show(name: str) -> ResponseReturnValue:
    """The models of a name; one that hears and one that reads may share it."""
    found = [card for card in _cards() if card["name"] == name]
    if not found:
        raise ModelNotFoundError("No model of that name is installed. GET /api/v1/models lists those that are.")
    return {"items": found}


def _cards() -> list[dict[str, Any]]:
    speech, text = services().models, services().text_models
    return [
        *(_card(each, "speech", each.labels, speech.default_name) for each in speech.manifests()),
        *(_card(each, "text", EMOTIONS, text.default_name) for each in text.manifests()),
    ]


def _card(manifest: Manifest | TextManifest, kind: str, labels: tuple[str, ...], default: str) -> dict[str, Any]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "kind": kind,
        "title": manifest.title,
        "description": manifest.description,
        "labels": list(labels),
        "licence": manifest.licence,
        "default": manifest.name == default,
        "scores": manifest.scores,
    }
