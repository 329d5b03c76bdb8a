"""Who is signed in as an administrator, and the guard before the pages that are only for them."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from flask import g, redirect, request, session, url_for

from emotion_clf.errors import NotFoundError, SignInError
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.visitor import keep_visitor

if TYPE_CHECKING:
    from flask import Blueprint
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Admin

SIGNED_IN_S: Final = 12 * 3600

_ADMIN: Final = "admin"
_SINCE: Final = "admin_since"
_ASK: Final = "This is for administrators. Sign in at /admin/login first."


def current_admin() -> Admin | None:
    """The administrator this browser is signed in as; looked up once per request, so a deleted one is out at once."""
    if "admin" not in g:
        g.admin = _admin_of_session()
    admin: Admin | None = g.admin
    return admin


def signed_in_admin() -> Admin:
    """The administrator, on pages that nobody else sees.

    Raises:
        SignInError: nobody is signed in.
    """
    admin = current_admin()
    if admin is None:
        raise SignInError(_ASK)
    return admin


def sign_in(admin: Admin) -> None:
    """Begin a new session for an administrator; whatever another page may have planted in the old one is dropped."""
    keep_visitor()
    session[_ADMIN] = admin.id
    session[_SINCE] = int(time.time())
    g.admin = admin


def sign_out() -> None:
    """End the administrator's session; the browser keeps the results of its clips."""
    keep_visitor()
    g.admin = None


def seems_signed_in() -> bool:
    """Whether the cookie speaks of an administrator: for links and limits, never for access."""
    return _ADMIN in session


def guard(blueprint: Blueprint) -> None:
    """Let nobody but administrators see the pages of a blueprint."""
    blueprint.before_request(_refuse_strangers)


def safe_target(target: str | None) -> str:
    """Where to go after signing in: an address of the administrators' pages, whatever was asked for."""
    home = url_for("jobs.index")
    if target and (target == home or target.startswith((f"{home}/", f"{home}?"))) and "\\" not in target:
        return target
    return home


def _admin_of_session() -> Admin | None:
    known, since = session.get(_ADMIN), session.get(_SINCE, 0)
    if known is None or not 0 <= time.time() - since < SIGNED_IN_S:
        return None
    try:
        return services().admins.get(known)
    except NotFoundError:
        return None


def _refuse_strangers() -> ResponseReturnValue | None:
    """A form for people, a problem for programs.

    Raises:
        SignInError: a program asks that is not signed in.
    """
    if current_admin() is not None:
        return None
    if wants_json() or request.accept_mimetypes.best == "text/event-stream":
        raise SignInError(_ASK)
    wanted = request.full_path.removesuffix("?") if request.method == "GET" else None
    return redirect(url_for("admin.login", next=wanted), code=303)
