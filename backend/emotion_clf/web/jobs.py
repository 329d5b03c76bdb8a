"""The administrators' first page: three ways in, and the history."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, url_for

from emotion_clf.errors import EmotionError, InvalidRequestError
from emotion_clf.fetch import parse_source
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.requests import SourceOptions, SourceRequest
from emotion_clf.pipeline.texts import checked_text
from emotion_clf.storage import JobState
from emotion_clf.web import job_view
from emotion_clf.web.engines import engine_choices
from emotion_clf.web.forms import LANGUAGES, DeleteForm, JobForm, job_form
from emotion_clf.web.numbers import asked_page
from emotion_clf.web.problems import refused
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard, seems_signed_in, signed_in_admin

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = Blueprint("jobs", __name__, url_prefix="/admin")
guard(blueprint)

_PER_PAGE: Final = 20
_FIELDS_BYTES: Final = 1024**2


@blueprint.url_value_preprocessor
def _make_room(_endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """An administrator's file may be as large as a fetched one; a stranger's form stays small."""
    if seems_signed_in():
        settings = services().settings
        request.max_form_memory_size = 3 * settings.text_max_bytes + _FIELDS_BYTES
        request.max_content_length = settings.fetch_max_bytes + request.max_form_memory_size


@blueprint.get("")
def index() -> ResponseReturnValue:
    """The forms and the history."""
    if wants_json():
        found = _search()
        return jsonify(
            jobs=[job_view.as_dict(job) for job in found.items],
            page=found.page,
            pages=found.pages,
            total=found.total,
        )
    return _page(job_form())


@blueprint.post("/jobs")
def create() -> ResponseReturnValue:
    """Make a job of a form: 202 with its address for programs, its page for people."""
    sent = job_form()
    try:
        job = _create(sent)
    except EmotionError as error:
        return refused(error, lambda told: _page(sent, told))
    enqueue(services().settings, job.id, job.request.kind)
    page = url_for("job.show", job_id=job.id)
    if wants_json():
        return jsonify(job_view.as_dict(job)), 202, {"Location": page}
    return redirect(page, code=303)


def _create(sent: JobForm) -> Job:
    """The job of a form.

    Raises:
        InvalidRequestError: the form names what is not there, or lacks the chosen source.
        FetchError: the address is refused at once.
        TextError: the text is.
    """
    options = _options(sent)
    owner = signed_in_admin().owner
    jobs, settings = services().jobs, services().settings
    if sent.kind.data == "url":
        address = parse_source(sent.url.data or "", settings).url
        return jobs.create(SourceRequest("url", address, options), owner=owner)
    if sent.kind.data == "text":
        text = checked_text(sent.text.data or "", settings)
        return jobs.create(SourceRequest("text", "", options), owner=owner, text=text)
    if sent.kind.data == "file":
        upload, name = _upload()
        return jobs.create(SourceRequest("file", name, options), owner=owner, upload=upload)
    raise InvalidRequestError("Choose one of 'url', 'text' and 'file' in the field 'kind'.")


def _options(sent: JobForm) -> SourceOptions:
    engine = sent.engine.data or None
    usable = {choice.name: choice for choice in engine_choices(services().settings)}
    if engine is not None and engine not in usable:
        raise InvalidRequestError(f"There is no such engine. Choose one of {', '.join(usable)}.")
    if engine is not None and not usable[engine].usable and sent.kind.data != "text":
        raise InvalidRequestError(f"{usable[engine].title} cannot be used here. {usable[engine].text}")
    language = sent.language.data or None
    if language is not None and language not in LANGUAGES:
        raise InvalidRequestError("Choose one of the languages on the form, or leave it open.")
    model = services().text_models.manifest(sent.model.data).name if sent.model.data else None
    return SourceOptions(
        engine=engine,
        model=model,
        language=language,
        redact=bool(sent.redact.data),
        speakers=bool(sent.speakers.data),
    )


def _upload() -> tuple[IO[bytes], str]:
    upload = request.files.get("file")
    if upload is None or not upload.filename:
        raise InvalidRequestError("No file arrived. Choose a recording, a caption file or a text file.")
    return upload.stream, upload.filename


def _search() -> Any:
    state = request.args.get("state") or None
    if state is not None and state not in set(JobState):
        raise InvalidRequestError(f"There is no such state. Choose one of {', '.join(JobState)}.")
    return services().jobs.search(
        query=request.args.get("q", "").strip(),
        state=None if state is None else JobState(state),
        page=asked_page(),
        per_page=_PER_PAGE,
    )


def _page(sent: JobForm, error: EmotionError | None = None) -> str:
    settings = services().settings
    return render_template(
        "jobs.html",
        form=sent,
        kind=sent.kind.data if sent.kind.data in job_view.KIND_ICONS else "url",
        error=error,
        engines=engine_choices(settings),
        found=_search(),
        query=request.args.get("q", "").strip(),
        state=request.args.get("state", ""),
        settings=settings,
        admin=signed_in_admin(),
        view=job_view,
        delete_form=DeleteForm(formdata=None),
        deleted=request.args.get("deleted"),
    )
