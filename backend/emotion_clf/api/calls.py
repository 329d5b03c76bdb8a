"""Calls: a recording becomes a job, whose result is its timeline and score."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from emotion_clf.api import answers, bodies, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.api.jobs import begun
from emotion_clf.api.refusals import BodyTooLargeError
from emotion_clf.api.repeatable import repeatable
from emotion_clf.audio.containers import find_container
from emotion_clf.errors import TooManyCallsError
from emotion_clf.fetch.webhook import check_webhook
from emotion_clf.pipeline.call_requests import CallOptions, CallRequest
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue
    from werkzeug.datastructures import FileStorage

blueprint = area("api_calls", "Calls")

_COME_BACK_S: Final = 60


@blueprint.post("/calls")
@needs("write", "uploads")
@bodies.takes(bodies.FORM, lambda settings: settings.call_max_bytes)
@repeatable
@blueprint.input(schemas.CallForm, location="form_and_files", arg_name="sent")
@blueprint.output(answers.Job, 202)
def create(sent: schemas.CallForm) -> ResponseReturnValue:
    """Put a call in the queue."""
    upload: Any = sent.file
    options = _options(sent)
    if sent.webhook_url is not None:
        check_webhook(sent.webhook_url, services().settings)
    _refuse(upload)
    owner = principal().owner
    if services().calls.unfinished(owner) >= services().settings.call_waiting:
        raise TooManyCallsError(
            "As many of your calls wait or are at work as may be at once. Wait until one is done, or cancel one.",
            retry_after_s=_COME_BACK_S,
        )
    name = upload.filename or "call"
    job = services().jobs.create(CallRequest(name, options), owner=owner, upload=upload.stream)
    return begun(job, sent.webhook_url)


def _options(sent: schemas.CallForm) -> CallOptions:
    model = None if sent.model is None else services().models.manifest(sent.model).name
    return CallOptions(model=model, customer=sent.customer, speakers=sent.speakers)


def _refuse(upload: FileStorage) -> None:
    """Refuse what is no audio by its first bytes, and what is over the limit.

    Raises:
        UnsupportedAudioError: it is no audio.
        BodyTooLargeError: it is over the limit.
    """
    find_container(upload.stream)
    size = upload.stream.seek(0, 2)
    upload.stream.seek(0)
    limit = services().settings.call_max_bytes
    if size > limit:
        raise BodyTooLargeError(f"The file is larger than {limit / 1024**2:g} MB. Send a compressed recording.")
