"""Each request seen from outside: its id, one line in the log, its figures, and what an administrator did by it."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from flask import g, request, template_rendered

from emotion_clf import monitoring
from emotion_clf.errors import EmotionError
from emotion_clf.logs.context import begin_request, end_request, new_request_id, well_formed
from emotion_clf.web.audited import Auditor

if TYPE_CHECKING:
    from flask import Flask, Response

    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

HEADER: Final = "X-Request-ID"
# Asked so often that their lines would bury the others.
_QUIET: Final = frozenset({"static", "bootstrap.static", "health.live", "health.ready", "live.window"})


def observe(app: Flask, settings: Settings) -> None:
    """Watch every request; call it before anything else hooks itself into the application."""
    auditor = Auditor.make(settings)

    def begin() -> None:
        g.started_s = time.perf_counter()
        g.request_id = well_formed(request.headers.get(HEADER)) or new_request_id()
        begin_request(g.request_id)
        auditor.begin()

    def end(response: Response) -> Response:
        if "started_s" not in g:  # the request broke before anything of ours was asked
            return response
        response.headers[HEADER] = g.request_id
        _tell(response.status_code, time.perf_counter() - g.started_s)
        auditor.end(response)
        return response

    app.before_request(begin)
    app.after_request(end)
    app.teardown_request(lambda _error: end_request())
    template_rendered.connect(_notice, app)


def note_error(error: EmotionError) -> None:
    """Remember the error that the request at hand is answered with."""
    g.error_code = error.code


def _notice(_app: Flask, context: dict[str, Any], **_: Any) -> None:
    """Every page that shows an error calls it so."""
    error = context.get("error")
    if isinstance(error, EmotionError):
        note_error(error)


def _tell(status: int, duration_s: float) -> None:
    rule = request.url_rule
    route = None if rule is None else rule.rule
    code = g.get("error_code")
    monitoring.request_answered(request.method, route, status, duration_s)
    if code is not None:
        monitoring.failed("web", code)
    told = {
        "method": request.method if request.method in monitoring.METHODS else monitoring.OTHER,
        "route": route or monitoring.OTHER,
        "status": status,
        "duration_ms": round(1000 * duration_s, 1),
        **({} if code is None else {"code": code}),
    }
    quiet = request.endpoint in _QUIET and status < HTTPStatus.BAD_REQUEST
    log.log(logging.DEBUG if quiet else logging.INFO, "request", extra=told)
