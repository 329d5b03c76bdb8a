"""Analyses: the stored answers for clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.api import answers, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.api.replies import paged
from emotion_clf.api.resources import resources
from emotion_clf.web.presentation import as_json
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

blueprint = area("api_analyses", "Analyses")


@blueprint.get("/analyses")
@needs("read")
@blueprint.input(schemas.PageQuery, location="query", arg_name="asked")
@blueprint.output(answers.AnalysisPage)
def index(asked: schemas.PageQuery) -> ResponseReturnValue:
    """Your analyses, newest first."""
    found = services().analyses.search(owner=principal().owner, page=asked.page, per_page=asked.per_page)
    return paged(found, as_json)


@blueprint.get("/analyses/<analysis_id>")
@needs("read")
@blueprint.output(answers.Analysis)
def show(analysis_id: str) -> ResponseReturnValue:
    """One analysis."""
    return as_json(services().analyses.get(analysis_id, owner=principal().owner))


@blueprint.delete("/analyses/<analysis_id>")
@needs("write")
@blueprint.doc(responses={204: "Deleted"})
def delete(analysis_id: str) -> ResponseReturnValue:
    """Delete an analysis, now."""
    owner = principal().owner
    services().analyses.delete(analysis_id, owner=owner)
    resources().repeats.forget_about(owner, analysis_id)
    return "", 204
