"""The paths that Vertex AI asks of a container, and whoever keeps its contract; there only where they are set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, request

from emotion_clf.errors import EmotionError
from emotion_clf.pipeline.instances import InstanceAnalyser, largest_body_bytes
from emotion_clf.web.health import models_ready, told
from emotion_clf.web.problems import json_answer
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask import Flask
    from flask.typing import ResponseReturnValue

    from emotion_clf.settings import Settings


def register(app: Flask, settings: Settings) -> None:
    """Add the paths that are set; they come first, so that they win where a page of ours has the same one."""
    blueprint = Blueprint("cloud", __name__)
    blueprint.register_error_handler(EmotionError, json_answer)
    if settings.aip_predict_route:
        blueprint.add_url_rule(settings.aip_predict_route, view_func=predict, methods=["POST"])
    if settings.aip_health_route:
        blueprint.add_url_rule(settings.aip_health_route, view_func=health)
    app.register_blueprint(blueprint)


def predict() -> ResponseReturnValue:
    """One answer for each instance. Nothing is stored, and the database is not used."""
    rooms = services()
    request.max_content_length = largest_body_bytes(rooms.settings)
    analyser = InstanceAnalyser(
        (rooms.models, rooms.analyser), (rooms.text_models, rooms.texts), settings=rooms.settings
    )
    return jsonify(analyser.answer(request.get_data(cache=False)))


def health() -> ResponseReturnValue:
    """Whether the models are loaded."""
    return told(models_ready())
