"""One call: its steps while it is analysed, its timeline when it is done, and what can be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, redirect, render_template, request, url_for

from emotion_clf.errors import EmotionError, InvalidRequestError, JobStateError
from emotion_clf.jobs.queue import enqueue
from emotion_clf.storage import JobState
from emotion_clf.web import job_view, markdown
from emotion_clf.web.call_view import call_view
from emotion_clf.web.call_words import duration
from emotion_clf.web.forms import CustomerForm, DeleteForm, RetryForm
from emotion_clf.web.job_events import listen
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.share_words import LASTS
from emotion_clf.web.visitor import visitor_id

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = Blueprint("call", __name__, url_prefix="/calls")


@blueprint.get("/scoring")
def scoring() -> ResponseReturnValue:
    """How the score comes about."""
    return render_template("scoring.html", text=markdown.render(markdown.document("scoring.md")))


@blueprint.get("/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """The call's page, or its state for programs."""
    job = _owned(job_id)
    if wants_json():
        return jsonify(job_view.as_dict(job))
    return page(job)


@blueprint.get("/<job_id>/state")
def state(job_id: str) -> ResponseReturnValue:
    """The job's state, as often as somebody likes to ask."""
    return jsonify(job_view.as_dict(_owned(job_id)))


@blueprint.get("/<job_id>/events")
def events(job_id: str) -> ResponseReturnValue:
    """Every change from now on."""
    owner, calls = visitor_id(), services().calls
    return listen(lambda: calls.job(job_id, owner=owner))


@blueprint.post("/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop it; what was done so far stays until it is deleted."""
    return _changed(services().jobs.cancel(_owned(job_id).id))


@blueprint.post("/<job_id>/retry")
def retry(job_id: str) -> ResponseReturnValue:
    """Analyse it again, from its first unfinished step or from the one that is named."""
    wanted = RetryForm().from_step.data or None
    job = services().jobs.retry(_owned(job_id).id, from_step=wanted)
    enqueue(services().settings, job.id, job.request.kind)
    return _changed(job)


@blueprint.post("/<job_id>/delete")
def delete(job_id: str) -> ResponseReturnValue:
    """Delete it with everything that belongs to it, now, even while it runs."""
    services().jobs.delete(_owned(job_id).id)
    if wants_json():
        return "", 204
    return redirect(url_for("calls.form", deleted=1), code=303)


@blueprint.post("/<job_id>/customer")
def customer(job_id: str) -> ResponseReturnValue:
    """Say who is the customer: their voice is judged now, and nobody else's.

    Raises:
        InvalidRequestError: there is no such speaker.
        ModelError: the model that heard the call is gone.
    """
    job = _owned(job_id)
    wanted = CustomerForm().customer.data
    if not wanted:
        raise InvalidRequestError("Say who is the customer in the field 'customer'.")
    try:
        _relabel(job, wanted)
    except EmotionError as error:
        if wants_json() or job.state != JobState.SUCCEEDED:
            raise
        return page(job, error), error.status
    return _changed(_owned(job_id))


def _relabel(job: Job, wanted: str) -> None:
    from emotion_clf.pipeline.calls import relabelled

    calls = services().calls
    timeline = calls.get(job.id).timeline
    embeddings = calls.embeddings(job.id)
    calls.relabel(job.id, relabelled(timeline, wanted, embeddings, services().models, services().settings))


def page(job: Job, error: EmotionError | None = None, link: str | None = None) -> str:
    """The page of a call.

    Args:
        job: the call's job.
        error: what went wrong with what was just asked.
        link: a link that was just made, which is shown this once.
    """
    settings = services().settings
    done = job.state == JobState.SUCCEEDED
    return render_template(
        "call.html",
        job=job,
        ended=job.state.ended,
        error=error,
        link=link,
        view=job_view,
        form=DeleteForm(formdata=None),
        settings=settings,
        duration=duration,
        agreed_text=services().consents.text(job.consent),
        call=call_view(services().calls.get(job.id)) if done else None,
        shares=services().shares.of_call(job.id) if done else [],
        lasts=LASTS,
        shared=False,
        data_url=url_for("call_results.view", job_id=job.id),
        sound_url=url_for("call_results.sound", job_id=job.id),
        revoked=request.args.get("revoked"),
    )


def _owned(job_id: str) -> Job:
    """The job of a call of this browser's.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
    """
    return services().calls.job(job_id, owner=visitor_id())


def done(job_id: str) -> Job:
    """The job of a call of this browser's that is analysed.

    Raises:
        NotFoundError: there is none, or it is somebody else's.
        JobStateError: it is not analysed yet.
    """
    job = _owned(job_id)
    if job.state != JobState.SUCCEEDED:
        raise JobStateError("This call is not analysed yet. Its page says how far it is.")
    return job


def _changed(job: Job) -> ResponseReturnValue:
    if wants_json():
        return jsonify(job_view.as_dict(job))
    return redirect(url_for("call.show", job_id=job.id), code=303)
