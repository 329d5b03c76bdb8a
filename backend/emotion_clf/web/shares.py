"""Links to a call: made and taken back by its owner, followed by whoever was given one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Blueprint, jsonify, redirect, render_template, send_file, url_for

from emotion_clf.errors import InvalidRequestError, JobStateError, NotFoundError
from emotion_clf.web.call_pages import done, page
from emotion_clf.web.call_results import SOUND_TYPE
from emotion_clf.web.call_view import call_view
from emotion_clf.web.call_words import duration
from emotion_clf.web.forms import ShareForm
from emotion_clf.web.security import wants_json
from emotion_clf.web.services import services
from emotion_clf.web.share_words import LASTS
from emotion_clf.web.timeline_data import timeline_data

if TYPE_CHECKING:
    from flask import Response
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Share, StoredCall

blueprint = Blueprint("shares", __name__)


@blueprint.after_request
def _keep_private(response: Response) -> Response:
    """The address is the key: it is told to no other site, and no search engine lists it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@blueprint.post("/calls/<job_id>/shares")
def create(job_id: str) -> ResponseReturnValue:
    """Make a link; it is shown in the answer, and never again.

    Raises:
        InvalidRequestError: it cannot work for that long.
    """
    job = done(job_id)
    sent = ShareForm()
    if sent.lasts.data not in LASTS:
        raise InvalidRequestError(f"A link works for one of: {', '.join(LASTS)}.")
    lasts = LASTS[sent.lasts.data][1]
    share, token = services().shares.create(job.id, lasts, with_sound=bool(sent.sound.data))
    link = url_for("shares.show", token=token, _external=True)
    if wants_json():
        return jsonify(id=share.id, url=link, expires_at=share.expires_at.isoformat(timespec="seconds")), 201
    return page(job, link=link), 201


@blueprint.post("/calls/<job_id>/shares/<share_id>/revoke")
def revoke(job_id: str, share_id: str) -> ResponseReturnValue:
    """Take a link back."""
    services().shares.revoke(done(job_id).id, share_id)
    if wants_json():
        return "", 204
    return redirect(url_for("call.show", job_id=job_id, revoked=1, _anchor="share"), code=303)


@blueprint.get("/shared/<token>")
def show(token: str) -> ResponseReturnValue:
    """The call of a link, to be looked at."""
    share, stored = _shared(token)
    return render_template(
        "shared.html",
        share=share,
        job=stored.job,
        call=call_view(stored),
        shared=True,
        has_sound=share.with_sound and stored.has_sound,
        duration=duration,
        data_url=url_for("shares.view", token=token),
        sound_url=url_for("shares.sound", token=token),
    )


@blueprint.get("/shared/<token>/view.json")
def view(token: str) -> ResponseReturnValue:
    """What the page's script draws."""
    _, stored = _shared(token)
    return jsonify(timeline_data(stored.timeline, services().calls.peaks(stored.job.id)))


@blueprint.get("/shared/<token>/sound")
def sound(token: str) -> ResponseReturnValue:
    """The sound, where the link is for it too.

    Raises:
        NotFoundError: the link is not for the sound, or it is not kept any more.
    """
    share, stored = _shared(token)
    if not share.with_sound:
        raise NotFoundError("This link shows the call without its sound.")
    return send_file(services().calls.sound(stored.job.id), mimetype=SOUND_TYPE, conditional=True)


def _shared(token: str) -> tuple[Share, StoredCall]:
    """A link and its call.

    Raises:
        NotFoundError: the link does not work, or the call is being analysed again.
    """
    share = services().shares.find(token)
    try:
        return share, services().calls.get(share.job_id)
    except JobStateError as error:
        raise NotFoundError("This call is being analysed again. Come back in a few minutes.") from error
