"""A job's page told of every change as it happens: server-sent events, in a bounded number of streams."""

from __future__ import annotations

import json
import threading
import time
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, current_app, request, stream_with_context

from emotion_clf.errors import BusyError, EmotionError
from emotion_clf.pipeline.requests import SOURCES
from emotion_clf.web import job_view
from emotion_clf.web.numbers import whole_number
from emotion_clf.web.services import services
from emotion_clf.web.signed_in import guard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from flask.blueprints import BlueprintSetupState
    from flask.typing import ResponseReturnValue

    from emotion_clf.storage import Job

blueprint = Blueprint("job_events", __name__, url_prefix="/admin/jobs")
guard(blueprint)

LASTS_S: Final = 60.0
_LOOK_EVERY_S: Final = 0.4
_SIGN_OF_LIFE_S: Final = 10.0
_COME_BACK_MS: Final = 1000
_STREAMS: Final = "emotion_clf_streams"


class Streams:
    """The streams of this process: each holds a thread, so there are only so many, and each ends in time."""

    def __init__(self, most: int) -> None:
        self._places = threading.BoundedSemaphore(most) if most else None
        self.stopping: Callable[[], bool] = lambda: False

    def take(self) -> Callable[[], None]:
        """A place; what is returned gives it back, once.

        Raises:
            BusyError: there is none left.
        """
        if self._places is None or not self._places.acquire(blocking=False):
            raise BusyError("Too many pages listen already. Ask for the job's state now and then.", retry_after_s=5)
        places, given_back = self._places, threading.Event()

        def give_back() -> None:
            if not given_back.is_set():
                given_back.set()
                places.release()

        return give_back


@blueprint.record_once
def _open_streams(state: BlueprintSetupState) -> None:
    state.app.extensions[_STREAMS] = Streams(state.app.extensions["emotion_clf"].settings.event_streams)


def streams(extensions: dict[str, object]) -> Streams:
    """The streams of an app."""
    found = extensions[_STREAMS]
    assert isinstance(found, Streams)  # noqa: S101 - for the type checker
    return found


@blueprint.get("/<job_id>/events")
def events(job_id: str) -> ResponseReturnValue:
    """Every change of a job from now on."""
    return listen(lambda: services().jobs.get(job_id, SOURCES))


def listen(find: Callable[[], Job]) -> ResponseReturnValue:
    """Every change from now on; a browser that comes back says which it has seen.

    204 tells a browser that it has seen everything and need not come back.

    Args:
        find: looks the job up, again and again, for one who may see it.

    Raises:
        NotFoundError: there is none.
        BusyError: too many pages listen already.
    """
    job = find()
    seen = request.headers.get("Last-Event-ID", "", type=str)
    number = whole_number(seen)
    last = -1 if number is None else number
    if job.state.ended and job.revision <= last:
        return "", 204
    ours = streams(current_app.extensions)
    give_back = ours.take()
    response = Response(stream_with_context(_told(find, last, ours)), mimetype="text/event-stream")
    response.call_on_close(give_back)  # also where the browser left before the first byte
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _told(find: Callable[[], Job], last: int, ours: Streams) -> Iterator[str]:
    """The events, until the job ends, is deleted, or the stream has lasted long enough."""
    yield f"retry: {_COME_BACK_MS}\n\n"
    ends_s = time.monotonic() + LASTS_S
    silent_since_s = time.monotonic()
    while time.monotonic() < ends_s and not ours.stopping():
        try:
            job = find()
        except EmotionError:
            yield "event: gone\ndata: {}\n\n"
            return
        if job.revision > last:
            last = job.revision
            yield _event(job)
            silent_since_s = time.monotonic()
        if job.state.ended:
            return
        if time.monotonic() - silent_since_s >= _SIGN_OF_LIFE_S:
            yield ": still here\n\n"
            silent_since_s = time.monotonic()
        time.sleep(_LOOK_EVERY_S)


def _event(job: Job) -> str:
    return f"id: {job.revision}\nevent: job\ndata: {json.dumps(job_view.as_dict(job))}\n\n"
