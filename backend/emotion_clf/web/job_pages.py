"""One job: its steps while it runs, its transcript when it is done, and what can be done to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, jsonify, redirect, render_template, request, url_for

from emotion_clf.errors import EmotionError, InvalidRequestError
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.requests import SOURCES
from emotion_clf.storage import JobState
from emotion_clf.text import EMOTIONS
from emotion_clf.web import job_view
from emotion_clf.web.charts import clock, timeline
from emotion_clf.web.forms import DeleteForm, RetryForm
from emotion_clf.web.numbers import asked_page
from emotion_clf.web.security import wants_json
from emotion_clf.web.sentences import shares, text_look
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard

if TYPE_CHECKING:
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = Blueprint("job", __name__, url_prefix="/admin/jobs")
guard(blueprint)

_PER_PAGE: Final = 300


@blueprint.get("/<job_id>")
def show(job_id: str) -> ResponseReturnValue:
    """The job's page, or its state for programs."""
    job = services().jobs.get(job_id, SOURCES)
    if wants_json():
        return jsonify(job_view.as_dict(job))
    return render_template(
        "job.html",
        job=job,
        ended=job.state.ended,
        view=job_view,
        form=DeleteForm(formdata=None),
        settings=services().settings,
        **(_result(job) if job.state == JobState.SUCCEEDED else {}),
    )


@blueprint.get("/<job_id>.json")
def state(job_id: str) -> ResponseReturnValue:
    """The job's state, as often as somebody likes to ask."""
    return jsonify(job_view.as_dict(services().jobs.get(job_id, SOURCES)))


@blueprint.post("/<job_id>/cancel")
def cancel(job_id: str) -> ResponseReturnValue:
    """Stop it; what is stored stays until it is deleted."""
    return _changed(services().jobs.cancel(job_id))


@blueprint.post("/<job_id>/retry")
def retry(job_id: str) -> ResponseReturnValue:
    """Run it again, from its first unfinished step or from the one that is named."""
    job = services().jobs.retry(job_id, from_step=RetryForm().from_step.data or None)
    enqueue(services().settings, job.id, job.request.kind)
    return _changed(job)


@blueprint.post("/<job_id>/delete")
def delete(job_id: str) -> ResponseReturnValue:
    """Delete it with everything that belongs to it, now, even while it runs."""
    services().jobs.delete(job_id)
    if wants_json():
        return "", 204
    return redirect(url_for("jobs.index", deleted=1), code=303)


def _changed(job: Job) -> ResponseReturnValue:
    if wants_json():
        return jsonify(job_view.as_dict(job))
    return redirect(url_for("job.show", job_id=job.id), code=303)


def _result(job: Job) -> dict[str, Any]:
    """What the page shows of a job that is done: all sentences in the charts, those asked for in the list."""
    jobs = services().jobs
    query, emotion = request.args.get("q", "").strip(), request.args.get("emotion") or None
    if emotion is not None and emotion not in EMOTIONS:
        raise InvalidRequestError(f"There is no such emotion. Choose one of {', '.join(EMOTIONS)}.")
    everything = jobs.sentences(job.id).items
    page = jobs.sentences(
        job.id,
        query=query,
        emotion=emotion,
        page=asked_page(),
        per_page=_PER_PAGE,
    )
    summary = job.reading
    return {
        "summary": summary,
        "found": page,
        "query": query,
        "emotion": emotion,
        "emotions": EMOTIONS,
        "look": text_look,
        "clock": clock,
        "shares": shares(summary.emotions if summary else {}),
        "timeline": timeline(everything, summary.duration_s if summary else None),
        "timed": all(sentence.start_s is not None for sentence in everything),
        "manifest": _manifest(summary.model_name) if summary else None,
    }


def _manifest(name: str) -> Any:
    """What the text model says of itself, None where it is no longer installed."""
    try:
        return services().text_models.manifest(name)
    except EmotionError:
        return None
