"""What is here of one person: in numbers, to take away, to delete; without an account, by this browser's number."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import chain
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, jsonify, redirect, render_template, session, url_for

from emotion_clf.errors import NotFoundError
from emotion_clf.logs.audit import Audit
from emotion_clf.web.forms import DeleteForm
from emotion_clf.web.holding_words import WORDS, until
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import current_admin, sign_out
from emotion_clf.web.visitor import forget_visitor, visitor_id

if TYPE_CHECKING:
    from collections.abc import Collection

    from flask.typing import ResponseReturnValue

blueprint = Blueprint("my_data", __name__, url_prefix="/my-data")

_ERASED: Final = "erased"


@blueprint.get("")
def show() -> ResponseReturnValue:
    """How much there is of each kind, and until when."""
    found = services().belongings.count(_owners())
    if wants_json():
        return jsonify(holdings=[holding.as_dict() for holding in found])
    settings = services().settings
    return render_template(
        "my_data.html",
        holdings=[(WORDS[each.kind], each, until(each, settings)) for each in found if each.count],
        # Told by the session and not by the address: a link from elsewhere must not empty this browser.
        erased=session.pop(_ERASED, False),
        number=visitor_id(),
        admin=current_admin(),
        form=DeleteForm(formdata=None),
        settings=settings,
    )


@blueprint.get("/export")
def export() -> ResponseReturnValue:
    """Everything as one ZIP, sent while it is made.

    Raises:
        NotFoundError: this browser has nothing here.
    """
    owners = _owners()
    if not owners:
        raise NotFoundError("Nothing here belongs to this browser, so there is nothing to download.")
    return as_zip(owners)


@blueprint.post("/delete")
def delete() -> ResponseReturnValue:
    """Delete everything and forget who asked: an administrator is signed out, and a visitor is a new one."""
    admin = current_admin()
    services().belongings.erase(_owners())
    if admin is not None:
        Audit(services().settings.audit_path).note("delete own data", who=admin.name, what=admin.owner)
    sign_out()
    forget_visitor()
    if wants_json():
        return "", 204
    session[_ERASED] = True
    return redirect(url_for("my_data.show"), code=303)


def as_zip(owners: Collection[str]) -> Response:
    """Everything of some owners, as an answer.

    Raises:
        StorageError: the database cannot be used; later than at its first piece the answer breaks off.
    """
    pieces = services().belongings.export(owners)
    first = next(pieces)
    response = Response(chain([first], pieces), mimetype="application/zip", direct_passthrough=True)
    name = f"my-data-{datetime.now(UTC):%Y-%m-%d}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _owners() -> list[str]:
    """Who this browser is: a visitor, an administrator, both, or nobody yet."""
    admin = current_admin()
    return [owner for owner in (visitor_id(), None if admin is None else admin.owner) if owner is not None]
