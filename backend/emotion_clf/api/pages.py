"""The limits of the API, held by the pages too wherever strangers can reach them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request

from emotion_clf.api.bodies import FORM
from emotion_clf.api.limits import tell
from emotion_clf.api.resources import resources
from emotion_clf.web import allowance
from emotion_clf.web.services import services
from emotion_clf.web.visitor import visitor_id

if TYPE_CHECKING:
    from flask import Flask

# Administrators' pages are theirs alone, and the windows of /live have a bound of their own.
_KINDS: Final = {
    "admin.enter": "logins",
    "clips.predict": "uploads",
    "calls.create": "uploads",
    "texts.read": "requests",
}
_SHORT_FORM: Final = "predict.predict"


def limit(app: Flask) -> None:
    """Count what the pages take in."""
    app.before_request(_count_request)
    app.after_request(tell)
    allowance.count_with(app, _count)


def _count_request() -> None:
    """Count what is sent to a page.

    Raises:
        RateLimitError: there was too much.
    """
    kind = _kind()
    if kind is not None and request.method == "POST":
        _count(kind)


def _count(kind: str) -> None:
    """Count one of a kind for the address and for the browser, where that is known.

    Raises:
        RateLimitError: there were too many.
    """
    if not services().settings.asks_for_tokens:
        return
    resources().limits.count(kind, f"address:{request.remote_addr}")
    visitor = visitor_id()
    if visitor is not None:
        resources().limits.count(kind, f"visitor:{visitor}")


def _kind() -> str | None:
    if request.endpoint == _SHORT_FORM:
        return "uploads" if request.mimetype == FORM else "requests"
    return _KINDS.get(request.endpoint or "")
