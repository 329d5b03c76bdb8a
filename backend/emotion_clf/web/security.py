"""Headers, cookies, cross-site request forgery: the browser side of safety, in one place."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Request, g, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from emotion_clf.secret import session_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask, Response

    from emotion_clf.settings import Settings

_PROGRAMS: Final = "/api/"
_SAFE_METHODS: Final = {"GET", "HEAD", "OPTIONS"}
_BROWSER_HEADERS: Final = ("Origin", "Referer", "Sec-Fetch-Site")
_FORM_FIELDS_BYTES: Final = 64 * 1024
_FORM_BUFFER_BYTES: Final = 512 * 1024  # werkzeug counts its read buffer against this, not only the fields
_FORM_PARTS: Final = 20
_SESSION_DAYS: Final = 30
_HSTS_S: Final = 2 * 365 * 24 * 3600

# A plot is a document of its own: it may bring its own styles, and nothing else at all.
FIGURE_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"

csrf = CSRFProtect()


class Uploading(Request):
    """A request that knows each file it began to take in, so that those of a body that broke off are closed too."""

    _begun: tuple[IO[bytes], ...] = ()

    def _get_file_stream(self, *about: Any, **further: Any) -> IO[bytes]:
        taken = super()._get_file_stream(*about, **further)
        self._begun = (*self._begun, taken)
        return taken

    def close(self) -> None:
        """Close what was sent."""
        for taken in self._begun:
            with suppress(OSError):  # what is not written yet may find no room
                taken.close()
        super().close()


def protect(app: Flask, settings: Settings) -> None:
    """Configure cookies and limits, check every state change, put the headers on every response."""
    app.config.update(
        SECRET_KEY=session_key(settings),
        SESSION_COOKIE_NAME="__Host-emotion-clf" if settings.https else "emotion-clf",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(days=_SESSION_DAYS),
        MAX_CONTENT_LENGTH=settings.max_upload_bytes + _FORM_FIELDS_BYTES,
        MAX_FORM_MEMORY_SIZE=_FORM_BUFFER_BYTES,
        MAX_FORM_PARTS=_FORM_PARTS,
        TRUSTED_HOSTS=settings.answered_hosts,
        WTF_CSRF_CHECK_DEFAULT=False,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the session; a page left open overnight still works
    )
    app.request_class = Uploading
    csrf.init_app(app)
    app.before_request(_refuse_forgery)
    app.after_request(_add_headers(settings))
    app.teardown_request(_close_uploads)
    app.context_processor(lambda: {"csp_nonce": csp_nonce()})
    if settings.proxy_hops:
        hops = settings.proxy_hops
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]


def csp_nonce() -> str:
    """The random word of this response that lets the page's own style elements through."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def only_programs() -> bool:
    """Whether no browser's page is meant: the API answers programs alone, and takes no cookie."""
    return request.path.startswith(_PROGRAMS)


def answers_json() -> bool:
    """Whether what was sent is answered with JSON whatever was asked for, since no page is there for it."""
    return only_programs() or request.endpoint == "predict.predict"


def wants_json() -> bool:
    """Whether the client prefers JSON to HTML; a bare `*/*` gets HTML, unless JSON was sent."""
    return answers_json() or _prefers_json()


def _prefers_json() -> bool:
    accepted = request.accept_mimetypes
    if request.mimetype == "application/json":
        return accepted["application/json"] >= accepted["text/html"]
    return accepted["application/json"] > accepted["text/html"]


def _refuse_forgery() -> None:
    """Check the token of every state change, unless no browser can have sent the request.

    A page of another site can make a browser send a form without asking us, but neither with an Accept
    header of its choice nor with JSON in it; and a script that can makes the browser send Origin. A request
    that asks for or sends JSON and bears none of a browser's marks comes from a program, and needs no token.
    """
    if request.method in _SAFE_METHODS or request.endpoint is None or only_programs():
        return
    clip_of_a_program = request.endpoint == "predict.predict" and request.mimetype == "multipart/form-data"
    if (clip_of_a_program or _prefers_json()) and not any(header in request.headers for header in _BROWSER_HEADERS):
        g.csrf_valid = True  # where Flask-WTF's forms look
        return
    csrf.protect()


def _close_uploads(_error: BaseException | None) -> None:
    """Close the uploaded files at once, however the request ended."""
    request.close()


def _add_headers(settings: Settings) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", _policy(https=settings.https))
        headers["X-Content-Type-Options"] = "nosniff"
        headers.setdefault("Referrer-Policy", "same-origin")
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "microphone=(self), camera=(), geolocation=(), display-capture=()"
        if settings.https:
            headers["Strict-Transport-Security"] = f"max-age={_HSTS_S}; includeSubDomains"
        static = request.endpoint == "static" or (request.endpoint or "").endswith(".static")
        if not static and not response.cache_control.immutable:
            headers["Cache-Control"] = "no-store"
        return response

    return add


def _policy(*, https: bool) -> str:
    """Only our own files; blobs for recordings made in the page, data: for Bootstrap's drawn marks."""
    rules = [
        "default-src 'none'",
        "script-src 'self'",
        f"style-src 'self' 'nonce-{csp_nonce()}'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self' blob:",
        "connect-src 'self' blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
    return "; ".join([*rules, "upgrade-insecure-requests"] if https else rules)
