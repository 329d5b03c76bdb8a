"""The web door: a Flask application with no logic of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import APIFlask
from flask_bootstrap import Bootstrap5

from emotion_clf import __version__
from emotion_clf.audio.containers import READABLE, SUFFIXES
from emotion_clf.settings import PROJECT_DIR, Settings, get_settings
from emotion_clf.web import (
    admin,
    call_pages,
    call_results,
    call_why,
    calls,
    clips,
    cloud,
    drift_admin,
    feedback,
    feedback_admin,
    health,
    job_events,
    job_pages,
    job_results,
    jobs,
    live,
    my_data,
    observed,
    pages,
    predict,
    problems,
    security,
    shares,
    texts,
    why,
)
from emotion_clf.web.consent import EVERYBODY_IS_TOLD
from emotion_clf.web.json_reader import StrictJSON
from emotion_clf.web.numbers import use_bounded_integers
from emotion_clf.web.services import Services, set_services
from emotion_clf.web.signed_in import seems_signed_in

if TYPE_CHECKING:
    from flask import Flask

_AREAS = (
    pages,
    clips,
    feedback,
    why,
    calls,
    call_pages,
    call_results,
    call_why,
    shares,
    live,
    texts,
    predict,
    health,
    admin,
    jobs,
    job_pages,
    job_events,
    job_results,
    feedback_admin,
    my_data,
    drift_admin,
)


def create_app(settings: Settings | None = None) -> Flask:
    """The application; no model is loaded until the server warms up or the first request asks.

    Args:
        settings: limits and switches; those of this process where none are given.
    """
    settings = settings or get_settings()
    from emotion_clf import api

    app = APIFlask(
        "emotion_clf",
        title="emotion-clf",
        version=__version__,
        spec_path="/openapi.json",
        docs_path=None,  # its pages load their scripts from other hosts
        json_errors=False,
        template_folder=str(PROJECT_DIR / "templates"),
        static_folder=str(PROJECT_DIR / "static"),
        instance_path=str(settings.instance_dir),
    )
    app.config["BOOTSTRAP_SERVE_LOCAL"] = True
    app.json = StrictJSON(app)
    use_bounded_integers(app.url_map.converters)
    observed.observe(app, settings)
    security.protect(app, settings)
    set_services(app.extensions, Services.make(settings))
    Bootstrap5(app)
    problems.register(app)
    cloud.register(app, settings)
    for area in _AREAS:
        app.register_blueprint(area.blueprint)
    api.register(app, settings)
    app.jinja_env.globals |= {"sound_formats": READABLE, "sound_suffixes": SUFFIXES}
    app.context_processor(
        lambda: {"version": __version__, "seems_signed_in": seems_signed_in(), "everybody_is_told": EVERYBODY_IS_TOLD}
    )
    return app
