"""Send a recording of a call: the form, and the job that it makes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, url_for

from emotion_clf.audio.containers import find_container
from emotion_clf.errors import EmotionError, InvalidRequestError, TooManyCallsError, UploadTooLargeError
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.call_requests import SPEAKERS_FROM, CallOptions, CallRequest
from emotion_clf.storage.consents import version_of
from emotion_clf.web import job_view
from emotion_clf.web.call_words import CUSTOMERS, SPEAKERS, duration
from emotion_clf.web.consent import text_for_calls
from emotion_clf.web.forms import CallForm, DeleteForm, call_form
from emotion_clf.web.problems import refused, too_large
from emotion_clf.web.samples import SAMPLE_CALL, SAMPLE_MARK
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.visitor import ensure_visitor_id, visitor_id

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = Blueprint("calls", __name__)

_RECENT: Final = 10
_FIELDS_BYTES: Final = 64 * 1024
_COME_BACK_S: Final = 60


@blueprint.url_value_preprocessor
def _make_room(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A call may be larger than a clip."""
    request.max_content_length = services().settings.call_max_bytes + _FIELDS_BYTES


@blueprint.get("/calls")
def form() -> ResponseReturnValue:
    """The form, and this browser's calls."""
    if wants_json():
        return jsonify(calls=[job_view.as_dict(job) for job in _recent()])
    return _page(call_form())


@blueprint.post("/calls")
def create() -> ResponseReturnValue:
    """Make a job of a recording: 202 with its address for programs, its page for people."""
    sent = call_form()
    try:
        job = _create(sent)
    except EmotionError as error:
        return refused(error, lambda told: _page(sent, told))
    enqueue(services().settings, job.id, job.request.kind)
    page = url_for("call.show", job_id=job.id)
    if wants_json():
        return jsonify(job_view.as_dict(job)), 202, {"Location": page}
    return redirect(page, code=303)


def _create(sent: CallForm) -> Job:
    """The job of a form.

    Raises:
        InvalidRequestError: there is no recording, or the form names what is not there.
        UnsupportedAudioError: what was sent is no audio.
        UploadTooLargeError: it is over the limit.
        TooManyCallsError: enough of this browser's calls wait already.
    """
    if not sent.validate():
        raise InvalidRequestError("The form is not complete. Reload the page and send it again.")
    options = _options(sent)
    owner = ensure_visitor_id()
    if services().calls.unfinished(owner) >= services().settings.call_waiting:
        raise TooManyCallsError(
            "As many of your calls wait or are at work as may be at once. Wait until one is done, or cancel one.",
            retry_after_s=_COME_BACK_S,
        )
    with _recording(sent) as (upload, name):
        agreed = text_for_calls(services().settings)
        services().consents.remember(agreed)
        wanted = CallRequest(name, options)
        return services().jobs.create(wanted, owner=owner, upload=upload, consent=version_of(agreed))


def _options(sent: CallForm) -> CallOptions:
    speakers = next((known for known in SPEAKERS_FROM if known == (sent.speakers.data or "auto")), None)
    if speakers is None:
        raise InvalidRequestError(f"Speakers are told apart by one of: {', '.join(SPEAKERS_FROM)}.")
    customer = sent.customer.data or None
    if customer is not None and customer not in CUSTOMERS[speakers]:
        names = ", ".join(filter(None, CUSTOMERS[speakers])) or "nobody in particular"
        raise InvalidRequestError(f"With voices told apart like that the customer is one of: {names}.")
    model = services().models.manifest(sent.model.data).name if sent.model.data else None
    return CallOptions(model=model, customer=customer, speakers=speakers)


@contextmanager
def _recording(sent: CallForm) -> Iterator[tuple[IO[bytes], str]]:
    """The recording, known to be audio by its first bytes, or the sample; and its name."""
    if sent.sample.data == SAMPLE_CALL.stem:
        with SAMPLE_CALL.open("rb") as sample:
            yield sample, SAMPLE_MARK + SAMPLE_CALL.name
        return
    upload = request.files.get("recording")
    if upload is None or not upload.filename:
        raise InvalidRequestError("No recording arrived. Send an audio file in the form field 'recording'.")
    stream = upload.stream
    find_container(stream)
    _refuse_large(stream)
    yield stream, upload.filename


def _refuse_large(stream: IO[bytes]) -> None:
    """Refuse a file over the limit, which the form's other fields leave a little room for; rewind any other.

    Raises:
        UploadTooLargeError: it is.
    """
    size = stream.seek(0, 2)
    stream.seek(0)
    if size > services().settings.call_max_bytes:
        refusal: UploadTooLargeError = too_large()
        raise refusal


def _recent() -> tuple[Job, ...]:
    """This browser's calls, newest first."""
    owner = visitor_id()
    return services().jobs.search(owner=owner, kinds=(CallRequest.kind,), per_page=_RECENT).items if owner else ()


def _page(sent: CallForm, error: EmotionError | None = None) -> str:
    settings = services().settings
    return render_template(
        "calls.html",
        form=sent,
        error=error,
        models=services().models.manifests(),
        settings=settings,
        longest=duration(settings.call_max_s),
        recent=_recent(),
        view=job_view,
        speakers=SPEAKERS,
        duration=duration,
        sample_file=SAMPLE_CALL.name,
        delete_form=DeleteForm(formdata=None),
        deleted=request.args.get("deleted"),
    )
