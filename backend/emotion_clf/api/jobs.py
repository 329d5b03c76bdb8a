"""Jobs: addresses to be read, and what becomes of everything that takes its time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import url_for

from emotion_clf.api import answers, bodies, schemas
from emotion_clf.api.area import area
from emotion_clf.api.guard import needs, principal
from emotion_clf.api.repeatable import repeatable
from emotion_clf.api.replies import paged
from emotion_clf.api.resources import resources
from emotion_clf.errors import JobStateError, NotFoundError
from emotion_clf.fetch import parse_source
from emotion_clf.fetch.webhook import check_webhook
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.requests import KINDS, SourceOptions, SourceRequest, steps_of
from emotion_clf.storage import JobState
from emotion_clf.web.services import services

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = area("api_jobs", "Jobs")

_ID = "/jobs/<job_id>"


@blueprint.post("/urls")
@needs("admin", "urls")
@bodies.takes(bodies.JSON)
@repeatable
@blueprint.input(schemas.UrlRequest, arg_name="asked")
@blueprint.output(answers.Job, 202)
def create(asked: schemas.UrlRequest) -> ResponseReturnValue:
    """Put an address in the queue: it is fetched, its words are written down and judged."""
    source = parse_source(asked.url, services().settings)
    if asked.webhook_url is not None:
        check_webhook(asked.webhook_url, services().settings)
    if asked.model is not None:
        services().text_models.manifest(asked.model)
    options = SourceOptions(asked.engine, asked.model, asked.language, redact=asked.redact, speakers=asked.speakers)
    job = services().jobs.create(SourceRequest("url", source.url, options), owner=principal().owner)
    return begun(job, asked.webhook_url)


@blueprint.get("/jobs")
@needs("read")
@blueprint.input(schemas.JobsQuery, location="query", arg_name="asked")
@blueprint.output(answers.JobPage)
def index(asked: schemas.JobsQuery) -> ResponseReturnValue:
    """Your jobs, newest first."""
    found = services().jobs.search(
        owner=principal().owner,
        kinds=tuple(KINDS) if asked.kind is None else (asked.kind,),
        state=None if asked.state is None else JobState(asked.state),
        page=asked.page,
        per_page=asked.per_page,
    )
    return paged(found, told)


@blueprint.get(_ID)
@needs("read")
@blueprint.output(answers.Job)
def show(job_id: str) -> ResponseReturnValue:
    """How far a job is."""
    return told(owned(job_id))


@blueprint.post(f"{_ID}/cancel")
@needs("write")
@blueprint.output(answers.Job)
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop a job: at once where it waits, soon where it is at work."""
    return told(services().jobs.cancel(owned(job_id).id))


@blueprint.post(f"{_ID}/retry")
@needs("write")
@bodies.takes(bodies.JSON)
@blueprint.input(schemas.RetryRequest, arg_name="asked")
@blueprint.output(answers.Job, 202)
def retry(job_id: str, asked: schemas.RetryRequest) -> ResponseReturnValue:
    """Put a job that has ended in the queue again; its result is forgotten."""
    job = owned(job_id)
    steps = steps_of(job.request.kind)
    if asked.from_step is not None and asked.from_step not in steps:
        raise JobStateError(f"This job has no such step. Choose one of {', '.join(steps)}.")
    return begun(services().jobs.retry(job.id, asked.from_step))


@blueprint.delete(_ID)
@needs("write")
@blueprint.doc(responses={204: "Deleted"})
def delete(job_id: str) -> ResponseReturnValue:
    """Delete a job with its recording and its result, now."""
    job = owned(job_id)
    services().jobs.delete(job.id)
    resources().repeats.forget_about(principal().owner, job.id)
    return "", 204


def owned(job_id: str) -> Job:
    """A job of the one who asks.

    Raises:
        NotFoundError: there is none, or it is somebody else's (the answer does not tell which).
    """
    job = services().jobs.get(job_id)
    if job.owner != principal().owner:
        raise NotFoundError("There is no such job here. It was deleted, or it belongs to somebody else.")
    return job


def begun(job: Job, webhook_url: str | None = None) -> ResponseReturnValue:
    """The answer to whatever begins a job, after the workers were told of it.

    Args:
        job: the job.
        webhook_url: the address to be told of its end, which was checked before.
    """
    if webhook_url is not None:
        resources().webhooks.add(job.id, webhook_url)
    enqueue(services().settings, job.id, job.request.kind)
    return told(job), 202, {"Location": url_for("api_jobs.show", job_id=job.id)}


def told(job: Job) -> dict[str, Any]:
    """A job with where to look next."""
    links = {"self": url_for("api_jobs.show", job_id=job.id)}
    if job.state is JobState.SUCCEEDED:
        links["result"] = url_for("api_results.show", job_id=job.id)
    return {**job.as_dict(), "links": links}
