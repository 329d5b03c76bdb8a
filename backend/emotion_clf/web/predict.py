"""POST /predict: a text or a clip is answered at once, an address becomes a job; GET /jobs/<id> says how far it is."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, Any, Final, Self

from flask import Blueprint, jsonify, request, url_for
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from emotion_clf.errors import (
    EmotionError,
    InvalidRequestError,
    JobStateError,
    NotFoundError,
    SignInError,
    TextTooLongError,
)
from emotion_clf.fetch import parse_source
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.requests import SOURCES, SourceOptions, SourceRequest
from emotion_clf.storage.job_values import JobState
from emotion_clf.storage.jobs import LINK_OWNER
from emotion_clf.transcription.choose import METHODS
from emotion_clf.web.counted import count_clip, count_text
from emotion_clf.web.json_reader import read_json, whole_characters
from emotion_clf.web.problems import json_answer, too_large
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import current_admin
from emotion_clf.web.visitor import visitor_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage.jobs import Job


class UnsupportedRequestError(InvalidRequestError):
    """The body is not JSON."""

    status = 415
    code = "unsupported_request"
    title = "Send JSON"


blueprint = Blueprint("predict", __name__)
blueprint.register_error_handler(EmotionError, json_answer)

_MEDIA_TYPE: Final = "application/json"
_FORM_TYPE: Final = "multipart/form-data"
_ESCAPED_BYTES: Final = 6  # the longest way to write one byte of text in JSON
_OTHER_FIELDS_BYTES: Final = 16 * 1024
_CHUNK_BYTES: Final = 64 * 1024
_NAME_CHARACTERS: Final = 100
_FILE_NAME_CHARACTERS: Final = 255
_RETRY_AFTER_S: Final = 2


class PredictRequest(BaseModel):
    """What may be asked: the emotion of a text, or of what is said at an address."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    text: str | None = None
    url: str | None = Field(None, max_length=4096)
    model: str | None = Field(None, max_length=_NAME_CHARACTERS)
    engine: str | None = None
    language: str | None = Field(None, pattern=r"^[a-z]{2,3}$")
    redact: bool = False
    speakers: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.text is None) == (self.url is None):
            raise ValueError('Send either "text" or "url"')
        if self.text is not None and (self.engine or self.language or self.redact or self.speakers):
            raise ValueError("The fields engine, language, redact and speakers go with url only")
        if self.engine is not None and self.engine not in METHODS:
            raise ValueError(f"There is no such engine. Choose one of {', '.join(METHODS)}")
        return self


@blueprint.post("/predict")
def predict() -> ResponseReturnValue:
    """Answer a text or a clip, or start a job for an address."""
    if request.mimetype == _FORM_TYPE:
        return jsonify(_heard())
    asked = _asked()
    if asked.text is not None:
        read = services().texts.analyse(asked.text, asked.model)
        count_text(read)
        return jsonify(read.as_dict())
    job = _start(asked)
    address = url_for("predict.job", job_id=job.id)
    return jsonify(_job_fields(job)), 202, {"Location": address}


@blueprint.get("/jobs/<job_id>")
def job(job_id: str) -> ResponseReturnValue:
    """How far a job is, and where its result lies once it has one."""
    return jsonify(_job_fields(_readable(job_id)))


@blueprint.get("/jobs/<job_id>/result")
def result(job_id: str) -> ResponseReturnValue:
    """The sentences of a job that succeeded, with their emotions."""
    found = _readable(job_id)
    if found.state is JobState.FAILED:
        raise JobStateError(f"This job failed, so it has no result: {found.error_message}")
    if found.state is JobState.CANCELLED:
        raise JobStateError("This job was stopped, so it has no result.")
    if found.summary is None:
        raise JobStateError("This job has not ended. Ask again in a little while.", retry_after_s=_RETRY_AFTER_S)
    sentences = [sentence.as_dict() for sentence in services().jobs.sentences(job_id).items]
    return jsonify({"id": found.id, "title": found.title, **found.summary.as_dict(), "sentences": sentences})


def _heard() -> dict[str, Any]:
    """The emotion of a clip in the shortest form; nothing is stored.

    Raises:
        InvalidRequestError: there is no file.
        UploadTooLargeError: it is over the limit.
        EmotionError: the clip cannot be used, or the model cannot.
    """
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidRequestError("No recording arrived. Send an audio file in the form field 'file'.")
    with tempfile.TemporaryFile() as source:
        shutil.copyfileobj(upload.stream, source)
        if source.tell() > services().settings.max_upload_bytes:
            raise too_large()
        source.flush()
        found = services().analyser.analyse(source, request.form.get("model") or None).analysis.prediction
    count_clip(found)
    return {
        "emotion": found.label,
        "confidence": found.confidence,
        "all_emotions": found.probabilities,
        "filename": upload.filename[:_FILE_NAME_CHARACTERS],
    }


def _asked() -> PredictRequest:
    """The request, checked.

    Raises:
        UnsupportedRequestError: the body is not JSON by its own account.
        InvalidRequestError: it is not what it says, or not what may be asked.
        TextTooLongError: it is longer than any text we analyse.
    """
    if request.mimetype != _MEDIA_TYPE:
        raise UnsupportedRequestError(
            'Send JSON with Content-Type application/json: {"text": "..."} or {"url": "..."}. '
            "A recording goes into the form field 'file' as multipart/form-data."
        )
    try:
        fields = whole_characters(read_json(_body()))
    except ValueError:
        raise InvalidRequestError('The body is not JSON. Send {"text": "..."} or {"url": "..."}.') from None
    try:
        return PredictRequest.model_validate(fields)
    except ValidationError as error:
        raise InvalidRequestError(_told(error)) from None


def _body() -> bytes:
    """The body, no longer than the longest text can become in JSON; what is longer is read and dropped.

    A client still sending would see a broken connection instead of the answer.

    Raises:
        TextTooLongError: it is longer.
    """
    text_limit = services().settings.text_max_bytes
    limit = _ESCAPED_BYTES * text_limit + _OTHER_FIELDS_BYTES
    kept = bytearray()
    size = 0
    while chunk := request.stream.read(_CHUNK_BYTES):
        size += len(chunk)
        if size <= limit:
            kept += chunk
    if size > limit:
        raise TextTooLongError(
            f"The text is longer than {text_limit / 1024:,.0f} KiB. Send it in parts, or set TEXT_MAX_BYTES."
        )
    return bytes(kept)


def _told(error: ValidationError) -> str:
    """The first thing that is wrong, in one sentence that quotes nothing of what was sent but a field's name."""
    first = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part)[:_NAME_CHARACTERS] for part in first["loc"])
    if first["type"] == "extra_forbidden":
        return f"There is no field '{field}'. Known are {', '.join(PredictRequest.model_fields)}."
    reason = first["msg"].removeprefix("Value error, ")
    return f"Field '{field}': {reason}." if field else f"{reason}."


def _start(asked: PredictRequest) -> Job:
    """Put an address in the queue, after what can be refused at once has been.

    Raises:
        SignInError: strangers may reach this server, and nobody is signed in.
        FetchError: the address is none that is fetched.
        ModelNotFoundError: no such text model.
    """
    admin = current_admin()
    settings = services().settings
    if admin is None and not settings.listens_on_loopback:
        raise SignInError("Only administrators may have addresses fetched from this server. Sign in at /admin/login.")
    source = parse_source(asked.url or "", settings)
    if asked.model is not None:
        services().text_models.manifest(asked.model)
    options = SourceOptions(asked.engine, asked.model, asked.language, redact=asked.redact, speakers=asked.speakers)
    owner = LINK_OWNER if admin is None else admin.owner
    started = services().jobs.create(SourceRequest("url", source.url, options), owner=owner)
    enqueue(settings, started.id, started.request.kind)
    return started


def _readable(job_id: str) -> Job:
    """A job that the caller may read: one made without a browser by whoever knows its number, an admin's by admins.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    found = services().jobs.get(job_id, SOURCES)
    if found.owner not in {LINK_OWNER, visitor_id()} and current_admin() is None:
        raise NotFoundError("There is no such job. Check its number, or sign in at /admin/login.")
    return found


def _job_fields(found: Job) -> dict[str, Any]:
    """The job, with where to look next."""
    links = {"self": url_for("predict.job", job_id=found.id)}
    if found.state is JobState.SUCCEEDED:
        links["result"] = url_for("predict.result", job_id=found.id)
    return {**found.as_dict(), "links": links}
