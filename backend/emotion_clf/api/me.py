"""What there is of the one who asks: counted, as one ZIP, deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from apiflask.schemas import FileSchema

from emotion_clf.api import answers
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.storage.api_keys import SCOPES
from emotion_clf.web.my_data import as_zip
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = area("api_me", "My data")


@blueprint.get("/me")
@needs("read")
@blueprint.output(answers.Me)
def show() -> ResponseReturnValue:
    """Who you are, what you may do, and how much is stored of you."""
    found = principal()
    return {
        "owner": found.owner,
        "scopes": [scope for scope in SCOPES if scope in found.scopes],
        "holdings": [holding.as_dict() for holding in services().belongings.count([found.owner])],
    }


@blueprint.get("/me/export")
@needs("read")
@blueprint.output(FileSchema(), content_type="application/zip", description="A ZIP; its README.txt explains it")
def export() -> ResponseReturnValue:
    """Everything that is stored of you, as one ZIP."""
    return as_zip([principal().owner])


@blueprint.delete("/me/data")
@needs("write")
@blueprint.doc(responses={204: "Deleted, now or before"})
def delete() -> ResponseReturnValue:
    """Delete everything that is stored of you, now. Keys and accounts stay."""
    services().belongings.erase([principal().owner])
    return "", 204
