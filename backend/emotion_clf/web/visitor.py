"""Who asks: one random number per browser, in the signed session cookie; results belong to it."""

from __future__ import annotations

import secrets

from flask import session

_KEY = "visitor"


def visitor_id() -> str | None:
    """The visitor's number, None for one who has stored nothing yet."""
    return session.get(_KEY)


def ensure_visitor_id() -> str:
    """The visitor's number, given now if need be."""
    if _KEY not in session:
        session[_KEY] = secrets.token_hex(16)
        session.permanent = True
    return str(session[_KEY])


def forget_visitor() -> None:
    """End the session, the visitor's number included."""
    session.clear()


def keep_visitor() -> None:
    """Empty the session but for the visitor's number."""
    known = visitor_id()
    permanent = session.permanent
    session.clear()
    if known is not None:
        session[_KEY] = known
        session.permanent = permanent
