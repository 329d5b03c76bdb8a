"""Clips: the emotion of a recording, answered at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for

from emotion_clf.api import answers, bodies, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import count_more, needs, principal
from emotion_clf.api.refusals import InvalidFieldsError, field_error
from emotion_clf.api.repeatable import repeatable
from emotion_clf.api.uploads import opened
from emotion_clf.errors import EmotionError
from emotion_clf.web.counted import count_clip
from emotion_clf.web.presentation import as_json
from emotion_clf.web.problems import problem
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import FileStorage

    from emotion_clf.storage import StoredAnalysis

blueprint = area("api_clips", "Clips")


@blueprint.post("/clips")
@needs("write", "uploads")
@bodies.takes(bodies.FORM, lambda settings: settings.max_upload_bytes)
@repeatable
@blueprint.input(schemas.ClipForm, location="form_and_files", arg_name="sent")
@blueprint.output(answers.Analysis, 201)
def create(sent: schemas.ClipForm) -> ResponseReturnValue:
    """Hear one clip. The answer is stored, the recording is not."""
    upload: Any = sent.file
    stored = _hear(upload, sent.model)
    return as_json(stored), 201, {"Location": url_for("api_analyses.show", analysis_id=stored.id)}


@blueprint.post("/clips/batch")
@needs("write", "uploads")
@bodies.takes(bodies.FORM, lambda settings: settings.api_batch_clips * settings.max_upload_bytes)
@repeatable
@blueprint.input(schemas.BatchForm, location="form_and_files", arg_name="sent")
@blueprint.output(answers.Batch)
def batch(sent: schemas.BatchForm) -> ResponseReturnValue:
    """Hear several clips. One that cannot be used does not spoil the others."""
    uploads = request.files.getlist("files")
    most = services().settings.api_batch_clips
    if len(uploads) > most:
        message = f"takes {most} clips at most"
        raise InvalidFieldsError(f"A batch {message}. Send the others in another.", (_of_files(message),))
    count_more("uploads", len(uploads) - 1)
    services().models.get(sent.model)
    return {"items": [_item(upload, sent.model) for upload in uploads]}


def _of_files(message: str) -> dict[str, str]:
    return field_error("body", "files", message)


def _item(upload: FileStorage, model: str | None) -> dict[str, Any]:
    name = (upload.filename or "clip")[:255]
    try:
        return {"file_name": name, "analysis": as_json(_hear(upload, model)), "problem": None}
    except EmotionError as error:
        return {"file_name": name, "analysis": None, "problem": problem(error)}


def _hear(upload: FileStorage, model: str | None) -> StoredAnalysis:
    """One clip, heard and stored.

    Raises:
        EmotionError: it cannot be used, the model cannot, or the server is busy.
    """
    with opened(upload, services().settings.max_upload_bytes) as source:
        heard = services().analyser.analyse(source, model)
    count_clip(heard.analysis.prediction)
    return services().analyses.save(
        heard, owner=principal().owner, source_name=upload.filename or "clip", keep_recording=False
    )
