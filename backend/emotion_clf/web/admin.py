"""Sign in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, current_app, redirect, render_template, request, url_for

from emotion_clf.errors import EmotionError, SignInError
from emotion_clf.web.attempts import Attempts
from emotion_clf.web.forms import SignInForm
from emotion_clf.web.problems import refused
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import current_admin, safe_target, sign_in, sign_out

if TYPE_CHECKING:
    from flask.blueprints import BlueprintSetupState
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Admin

blueprint = Blueprint("admin", __name__, url_prefix="/admin")

_ATTEMPTS: Final = "emotion_clf_attempts"
_WRONG: Final = "The name or the password is wrong. Check both and try again."


@blueprint.record_once
def _count_attempts(state: BlueprintSetupState) -> None:
    state.app.extensions[_ATTEMPTS] = Attempts()


@blueprint.get("/login")
def login() -> ResponseReturnValue:
    """The form, or the way on for one who is signed in."""
    if current_admin() is not None:
        return redirect(safe_target(request.args.get("next")), code=303)
    return _page(SignInForm())


@blueprint.post("/login")
def enter() -> ResponseReturnValue:
    """Check name and password; the answer does not tell which of them is wrong."""
    sent = SignInForm()
    try:
        sign_in(checked_admin(sent.name.data or "", sent.password.data or ""))
    except EmotionError as error:
        return refused(error, lambda told: _page(sent, told))
    if wants_json():
        return "", 204
    return redirect(safe_target(request.args.get("next")), code=303)


@blueprint.post("/logout")
def leave() -> ResponseReturnValue:
    """End the session."""
    sign_out()
    if wants_json():
        return "", 204
    return redirect(url_for("admin.login", left=1), code=303)


def checked_admin(name: str, password: str) -> Admin:
    """The administrator of a name and a password; guesses through every door count together.

    Raises:
        SignInError: they are not right.
        TooManyAttemptsError: too many were wrong in a row.
    """
    if not name or not password:
        raise SignInError("Give both a name and a password.")
    attempts: Attempts = current_app.extensions[_ATTEMPTS]
    with attempts.attempt(name, request.remote_addr or "") as succeeded:
        admin = services().admins.check(name, password)
        if admin is not None:
            succeeded()
    if admin is None:
        raise SignInError(_WRONG)
    return admin


def _page(sent: SignInForm, error: EmotionError | None = None) -> str:
    return render_template(
        "login.html",
        form=sent,
        error=error,
        has_admins=services().admins.count() > 0,
        left=request.args.get("left"),
    )
