"""Every error → one page, or one JSON problem (RFC 9457), as the client asked."""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from flask import Response, g, jsonify, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, MethodNotAllowed, RequestEntityTooLarge, SecurityError

from emotion_clf.errors import (
    EmotionError,
    InvalidRequestError,
    NotFoundError,
    TextTooLongError,
    TooSlowError,
    UploadTooLargeError,
    machine_fault,
)
from emotion_clf.web.broken_body import BROKEN, BrokenBodyError
from emotion_clf.web.observed import note_error
from emotion_clf.web.security import only_programs, wants_json
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask
    from flask.typing import ResponseReturnValue

log = logging.getLogger(__name__)

_DRAIN_CHUNK_BYTES: Final = 64 * 1024


class ForgeryError(InvalidRequestError):
    """The token against cross-site requests is missing or stale."""

    code = "csrf"
    title = "The form has expired"


class UnknownHostError(InvalidRequestError):
    """The Host header names a host we do not answer for."""

    code = "unknown_host"
    title = "Unknown host"


class _RefusedError(EmotionError):
    """Any other HTTP error, told in our shape."""


def register(app: Flask) -> None:
    """Answer every error in one shape."""
    app.register_error_handler(EmotionError, answer)
    app.register_error_handler(CSRFError, _forgery)
    app.register_error_handler(RequestEntityTooLarge, _too_large)
    app.register_error_handler(SecurityError, _unknown_host)
    app.register_error_handler(HTTPException, _http_error)
    for kind in BROKEN:
        app.register_error_handler(kind, _broken_body)
    app.register_error_handler(Exception, _unexpected)


def answer(error: EmotionError) -> ResponseReturnValue:
    """One error as a page or as JSON."""
    if wants_json():
        return json_answer(error)
    return render_template("error.html", error=error), error.status, _headers(error)


def refused(error: EmotionError, page: Callable[[EmotionError], str]) -> ResponseReturnValue:
    """What was sent is refused: the page it was sent from with the error on it, or JSON for programs."""
    return json_answer(error) if wants_json() else (page(error), error.status, _headers(error))


def json_answer(error: EmotionError) -> ResponseReturnValue:
    """One error as JSON, for addresses that only programs ask."""
    note_error(error)
    response = jsonify(problem(error))
    response.mimetype = "application/problem+json"
    return response, error.status, _headers(error)


def problem(error: EmotionError) -> dict[str, object]:
    """The body of a problem: what, which, and what to do."""
    told = {
        "type": "about:blank",
        "title": error.title,
        "status": error.status,
        "code": error.code,
        "detail": error.message,
        "request_id": g.get("request_id"),
    }
    return {**told, "errors": list(error.errors)} if error.errors else told


def _headers(error: EmotionError) -> dict[str, str]:
    wait = {} if error.retry_after_s is None else {"Retry-After": str(error.retry_after_s)}
    return {**error.headers, **wait}


def too_large() -> UploadTooLargeError:
    """The sentence about the upload limit."""
    settings = services().settings
    if only_programs():
        room_mb = (request.max_content_length or settings.max_upload_bytes) / 1024**2
        return UploadTooLargeError(f"The request is larger than {room_mb:.3g} MB. Send less at a time.")
    limits = {"jobs": settings.fetch_max_bytes, "calls": settings.call_max_bytes}
    limit_mb = limits.get(request.blueprint or "", settings.max_upload_bytes) / 1024**2
    return UploadTooLargeError(f"The file is larger than {limit_mb:g} MB. Send a shorter or compressed recording.")


def _text_too_long() -> TextTooLongError:
    limit_kb = services().settings.text_max_bytes / 1024
    return TextTooLongError(f"The text is longer than {limit_kb:,.0f} KiB. Send it in parts.")


def _too_large(_error: RequestEntityTooLarge) -> ResponseReturnValue:
    """Refuse, after swallowing a bounded part of the body: a browser still sending would see a reset instead."""
    left = request.max_content_length or services().settings.max_upload_bytes
    stream = request.environ["wsgi.input"]
    with suppress(TooSlowError, *BROKEN):
        while left > 0 and (chunk := stream.read(min(left, _DRAIN_CHUNK_BYTES))):
            left -= len(chunk)
    return answer(_text_too_long() if request.blueprint == "texts" else too_large())


def _broken_body(_error: Exception) -> ResponseReturnValue:
    return answer(BrokenBodyError())


def _forgery(_error: CSRFError) -> ResponseReturnValue:
    return answer(ForgeryError("Reload the page, allow its cookie, and send the form again."))


def _unknown_host(_error: SecurityError) -> ResponseReturnValue:
    error = UnknownHostError("This server does not answer for that host name; see TRUSTED_HOSTS.")
    note_error(error)
    if wants_json():
        return answer(error)
    return Response(error.message, error.status, mimetype="text/plain")  # a page would need links to this host


def _http_error(error: HTTPException) -> ResponseReturnValue:
    if error.code == NotFoundError.status:
        where = "GET /openapi.json lists every address." if only_programs() else "Start again from the home page."
        return answer(NotFoundError(f"There is nothing at this address. {where}"))
    refused = _RefusedError((error.description or error.name).replace("\n", " "))
    refused.status = error.code or 500
    refused.code = error.name.lower().replace(" ", "_")
    refused.title = error.name
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        refused.headers = {"Allow": ", ".join(sorted(error.valid_methods))}
    return answer(refused)


def _unexpected(error: Exception) -> ResponseReturnValue:
    told = machine_fault(error)
    if told is None:
        log.error("unexpected error", exc_info=error)
        return answer(EmotionError("The server met a fault of its own. Try again; the operator finds it in the log."))
    log.error("the machine fails the server: %s", told.code, exc_info=error)
    return answer(told)
