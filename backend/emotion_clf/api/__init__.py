"""The door for programs: JSON under /api/v1, described by /openapi.json and /docs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask import HTTPError

from emotion_clf.api import (
    analyses,
    auth,
    calls,
    clips,
    document,
    documentation,
    feedback,
    job_results,
    jobs,
    me,
    models,
    pages,
    refusals,
    resources,
    texts,
    tokens,
    webhooks,
)

if TYPE_CHECKING:
    from apiflask import APIFlask

    from emotion_clf.settings import Settings

PREFIX = "/api/v1"
_AREAS = (auth, clips, texts, calls, jobs, job_results, analyses, feedback, models, webhooks, me)


def register(app: APIFlask, settings: Settings) -> None:
    """Open the door on an application."""
    tokens.configure(app, settings)
    resources.provide(app, settings)
    pages.limit(app)
    app.register_error_handler(HTTPError, refusals.invalid_fields)
    for area in _AREAS:
        app.register_blueprint(area.blueprint, url_prefix=PREFIX)
    app.register_blueprint(documentation.blueprint)
    for known in app.blueprints.values():
        # APIFlask asks every area whether it belongs into the document, and plain Flask's do not know.
        vars(known).setdefault("enable_openapi", False)
    document.describe(app)
