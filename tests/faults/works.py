"""Pieces of work that are done over and over while one call after the other fails."""

from __future__ import annotations

import io
import tempfile
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.jobs.pulse import Pulse
from emotion_clf.jobs.work import Worker
from emotion_clf.pipeline.steps import Steps
from emotion_clf.storage.leases import LeaseDesk
from tests.faults import failing
from tests.faults.failing import Nth
from tests.support.api import V1
from tests.support.sound import voice, wav
from tests.support.web import JSON, send_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

CLIP: Final = wav(voice(1.0))
CALL: Final = wav(voice(4.0))
ALLOWED: Final = {502, 503, 504, 507}
MOST_CALLS: Final = 400


def clip_on_the_page(client: FlaskClient) -> TestResponse:
    """Hear a clip and keep it."""
    return send_json(client, CLIP, keep="y")


def clip_by_a_program(client: FlaskClient) -> TestResponse:
    """Hear a clip through the API."""
    return client.post(f"{V1}/clips", data={"file": (io.BytesIO(CLIP), "clip.wav")})


def text(client: FlaskClient) -> TestResponse:
    """Read a text."""
    return client.post(f"{V1}/texts", json={"text": "I am so glad. Go away!"})


def new_call(client: FlaskClient) -> TestResponse:
    """Take a call in."""
    return client.post(f"{V1}/calls", data={"file": (io.BytesIO(CALL), "call.wav")})


def my_data(client: FlaskClient) -> TestResponse:
    """Count what is stored."""
    return client.get("/my-data", headers=JSON)


WORKS: Final[dict[str, Callable[[FlaskClient], TestResponse]]] = {
    "hear a clip and keep it": clip_on_the_page,
    "hear a clip through the API": clip_by_a_program,
    "read a text": text,
    "take a call in": new_call,
    "count what is stored": my_data,
}


@dataclass
class Tried:
    """What came of one piece of work under one kind of failure.

    Attributes:
        fails: what fails.
        work: what is done.
        failed: how often a call was made to fail.
        sentences: how often the answer was a refusal that says so.
        absorbed: how often the work completed in spite of it.
        wrong: every other ending, in words.
        is_complete: whether there was no call left to fail.
    """

    fails: str
    work: str
    failed: int = 0
    sentences: int = 0
    absorbed: int = 0
    wrong: list[str] = field(default_factory=list)
    is_complete: bool = False


def failures(app: Flask) -> dict[str, Callable[[Nth], AbstractContextManager[None]]]:
    """What can fail under an application."""
    services = app.extensions["emotion_clf"]
    folders = (services.settings.instance_dir,)
    found: dict[str, Callable[[Nth], AbstractContextManager[None]]] = {
        name: _of_files(folders, number) for name, number in failing.NUMBERS.items()
    }
    return {
        **found,
        "starting the decoder": failing.decoder,
        "the decoder, killed": failing.killed_decoder,
        "the model": failing.model,
        "the database": lambda nth: failing.database(nth, services.database.engine),
        "the broker": failing.broker,
    }


def _of_files(folders: tuple[Path, ...], number: int) -> Callable[[Nth], AbstractContextManager[None]]:
    return lambda nth: failing.file_system(nth, folders, number)


def until_it_completes(app: Flask, fails: str, work: str, most: int = MOST_CALLS) -> Tried:
    """Fail the first call, then the second, and so on, until there is none left to fail."""
    made, do = failures(app)[fails], WORKS[work]
    tried = Tried(fails, work)
    client = app.test_client()
    do(client)  # the libraries make what they keep for good, such as the runtime's one file of its own
    there = set(_scratch().iterdir())
    for number in range(1, most + 1):
        nth = Nth(number)
        with made(nth):
            answer = do(client)
        left = sorted(path.name for path in set(_scratch().iterdir()) - there)
        for job in client.get(f"{V1}/jobs").get_json()["items"]:
            client.delete(f"{V1}/jobs/{job['id']}")  # or the queue is full at last
        if not nth.failed:
            tried.is_complete = True
            if answer.status_code >= 400:
                tried.wrong.append(f"{work} did not complete once nothing failed any more: {answer.status_code}")
            break
        _judge(tried, nth, answer, left)
    return tried


def _scratch() -> Path:
    from pathlib import Path

    return Path(tempfile.gettempdir())


def _judge(tried: Tried, nth: Nth, answer: TestResponse, left: list[str]) -> None:
    tried.failed += 1
    named = f"{tried.fails}, call {nth.fails} ({nth.made[0]}), while to {tried.work}"
    if left:
        tried.wrong.append(f"{named}: left {left[:3]}")
    if answer.status_code < 400:
        tried.absorbed += 1
    elif answer.status_code in ALLOWED and (answer.get_json(silent=True) or {}).get("detail"):
        tried.sentences += 1
    else:
        tried.wrong.append(f"{named}: {answer.status_code} {(answer.get_json(silent=True) or {}).get('code')}")


@contextmanager
def worker(app: Flask) -> Iterator[Worker]:
    """A worker of this process."""
    services = app.extensions["emotion_clf"]
    pulse = Pulse()
    desk = LeaseDesk(services.database, services.settings)
    try:
        yield Worker(services.jobs, desk, Steps(services.settings), pulse, services.observer)
    finally:
        pulse.stop()


def job_until_it_completes(app: Flask, fails: str, most: int = MOST_CALLS) -> Tried:
    """Analyse a call, failing one call further each time; whatever happened, beginning again completes it."""
    made = failures(app)[fails]
    tried = Tried(fails, "analyse a call")
    client = app.test_client()
    for number in range(1, most + 1):
        job = new_call(client).get_json()["id"]
        nth = Nth(number)
        with worker(app) as doing:
            _run(doing, job, made, nth)
            found = client.get(f"{V1}/jobs/{job}").get_json()
            if nth.failed:
                _judge_job(tried, nth, found)
                _again(app, client, doing, job, tried, named=f"{fails}, call {nth.fails}")
        client.delete(f"{V1}/jobs/{job}")
        if not nth.failed:
            tried.is_complete = True
            if found["state"] != "succeeded":
                tried.wrong.append(f"the job did not succeed once nothing failed any more: {found['state']}")
            break
    return tried


def _run(doing: Worker, job: str, made: Callable[[Nth], AbstractContextManager[None]], nth: Nth) -> None:
    from emotion_clf.errors import StorageError

    # As where the task ends by it: the job is found again once its lease is over.
    with made(nth), suppress(StorageError, OSError):
        doing.run(job)


def _judge_job(tried: Tried, nth: Nth, found: dict[str, Any]) -> None:
    tried.failed += 1
    error = found.get("error") or {}
    if found["state"] == "succeeded":
        tried.absorbed += 1
    elif found["state"] in {"queued", "running"} or error.get("code") not in {None, "internal_error"}:
        tried.sentences += 1
    else:
        tried.wrong.append(f"{tried.fails}, call {nth.fails} ({nth.made[0]}): the job {found['state']}, {error}")


def _again(app: Flask, client: FlaskClient, doing: Worker, job: str, tried: Tried, *, named: str) -> None:
    """Begin the job again: a failed one by a person, one that was let go of by the recovery."""
    from datetime import UTC, datetime, timedelta

    from emotion_clf.storage.recovery import JobRecovery

    services = app.extensions["emotion_clf"]
    client.post(f"{V1}/jobs/{job}/retry", json={})
    JobRecovery(services.database, services.settings).recover(waiting_s=0, now=datetime.now(UTC) + timedelta(hours=1))
    doing.run(job)
    state = client.get(f"{V1}/jobs/{job}").get_json()["state"]
    if state != "succeeded":
        tried.wrong.append(f"{named}: begun again, the job is {state}")
