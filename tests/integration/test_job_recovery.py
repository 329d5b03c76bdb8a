"""Jobs whose workers are killed, whose broker forgets, and that are stopped, deleted or begun again."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import update

from emotion_clf.errors import NotFoundError
from emotion_clf.jobs.queue import enqueue
from emotion_clf.storage import Job, JobState
from emotion_clf.storage.clock import ClockFace
from emotion_clf.storage.tables import JobRow
from tests.support import media_server as server
from tests.support.jobs import Site, site
from tests.support.postgres import running_postgres
from tests.support.redis import running_redis
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager

    from tests.support.media_server import MediaServer

CLIP = wav(voice(3.0))
# Enough for a worker to be caught at it, one by one.
SENTENCES = [f"This is sentence number {number}." for number in range(600)]
SAID = " ".join(SENTENCES)


@pytest.fixture
def media() -> Iterator[MediaServer]:
    with server.serving() as running:
        running.answers["/talk.wav"] = server.file(CLIP)
        yield running


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    yield from running_postgres()


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    yield from running_redis()


@pytest.fixture(params=["embedded", "redis", "postgresql"])
def place(request: pytest.FixtureRequest, media: MediaServer, tmp_path: Path) -> Iterator[Site]:
    """The embedded broker and database, and each in turn replaced by a server."""
    changed = {}
    if request.param == "redis":
        changed["BROKER_URL"] = request.getfixturevalue("redis_url")
    if request.param == "postgresql":
        changed["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    with at(tmp_path, media, **changed) as found:
        yield found


@pytest.fixture
def here(media: MediaServer, tmp_path: Path) -> Iterator[Site]:
    """The embedded broker and database."""
    with at(tmp_path, media) as found:
        yield found


def at(folder: Path, media: MediaServer, **changed: str) -> AbstractContextManager[Site]:
    return site(folder, [media.host], CLASSIFICATION_BATCH_SIZE="1", **changed)


def once(found: Site, job: Job, attempt: int = 2) -> list[str]:
    """The sentences of a job that ended well after so many attempts at least, and of which nothing is left open."""
    texts = found.result(job)
    ended = found.jobs.get(job.id)
    assert ended.attempt >= attempt
    assert ended.summary is not None
    assert ended.summary.sentences == len(texts)
    assert all(step.state in {"done", "skipped"} for step in ended.steps)
    assert [sentence.position for sentence in found.jobs.sentences(job.id).items] == list(range(len(texts)))
    return texts


def test_a_worker_killed_while_it_classifies(place: Site) -> None:
    job = place.send("", "text", text=SAID)
    worker = place.start()
    place.in_step(job, "classify")
    place.kill(worker)
    assert place.jobs.sentences(job.id).items == ()
    place.start()
    assert once(place, job) == SENTENCES


def test_a_worker_killed_while_it_fetches(here: Site, media: MediaServer) -> None:
    media.answers["/talk.wav"] = server.stall
    job = here.send(media.url("/talk.wav"))
    worker = here.start()
    here.wait(lambda: media.asked["/talk.wav"])
    here.kill(worker)
    media.answers["/talk.wav"] = server.file(CLIP)
    here.start()
    assert once(here, job)
    assert not list(here.jobs.folder(job.id).path.glob(".fetch-*"))


def test_a_worker_killed_while_it_transcribes(here: Site, media: MediaServer) -> None:
    job = here.send(media.url("/talk.wav"))
    worker = here.start()
    here.in_step(job, "transcribe")
    here.kill(worker)
    asked = media.asked["/talk.wav"]
    here.start()
    assert once(here, job)
    assert media.asked["/talk.wav"] == asked


def test_two_workers_at_once_make_one_result(place: Site) -> None:
    jobs = [place.create("", "text", text=f"I am so glad {number}! Are you?") for number in range(8)]
    for _ in range(2):
        place.start()
    # Every worker that begins announces every job anew, and so does whoever asks.
    for job in jobs * 2:
        enqueue(place.settings, job.id, job.request.kind)
    for number, job in enumerate(jobs):
        assert once(place, job, attempt=1) == [f"I am so glad {number}!", "Are you?"]


def test_a_job_the_broker_never_heard_of(here: Site) -> None:
    here.start()
    here.wait(lambda: "ready" in here.log.read_text(encoding="utf-8"))
    job = here.create("", "text", text="Nobody was told.")
    assert once(here, job, attempt=1) == ["Nobody was told."]


def test_a_broker_that_is_emptied_before_the_machine_starts_again(here: Site) -> None:
    jobs = [here.send("", "text", text=f"Number {number} waits.") for number in range(3)]
    here.empty_broker()
    here.start()
    for number, job in enumerate(jobs):
        assert once(here, job, attempt=1) == [f"Number {number} waits."]


def test_a_worker_that_is_asked_to_end_puts_its_job_back(here: Site) -> None:
    job = here.send("", "text", text=SAID)
    worker = here.start()
    here.in_step(job, "classify")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(20) == 0
    waiting = here.jobs.get(job.id)
    assert (waiting.state, waiting.attempt) == (JobState.QUEUED, 0)
    here.start()
    assert once(here, job, attempt=1) == SENTENCES


def test_a_running_job_is_stopped_and_taken_up_again(here: Site, media: MediaServer) -> None:
    media.answers["/talk.wav"] = server.stall
    job = here.send(media.url("/talk.wav"))
    here.start()
    here.wait(lambda: media.asked["/talk.wav"])
    assert here.jobs.cancel(job.id).cancel_requested
    stopped = here.ended(job)
    assert stopped.state is JobState.CANCELLED
    assert {step.state.value for step in stopped.steps} == {"cancelled"}
    media.answers["/talk.wav"] = server.file(CLIP)
    assert here.jobs.retry(job.id).state is JobState.QUEUED
    first = once(here, job, attempt=1)
    asked = media.asked["/talk.wav"]
    here.jobs.retry(job.id, "transcribe")
    assert once(here, job, attempt=1) == first
    assert media.asked["/talk.wav"] == asked


def test_a_running_job_is_deleted_and_nothing_of_it_stays(here: Site) -> None:
    job = here.send("", "text", text=SAID)
    here.start()
    here.in_step(job, "classify")
    here.jobs.delete(job.id)
    after = here.send("", "text", text="Next.")
    assert here.result(after) == ["Next."]
    with pytest.raises(NotFoundError):
        here.jobs.get(job.id)
    assert here.jobs.sentences(job.id).total == 0
    assert not here.jobs.folder(job.id).path.exists()


def test_a_job_whose_worker_dies_too_often_is_given_up(here: Site, media: MediaServer) -> None:
    media.answers["/talk.wav"] = server.stall
    job = here.send(media.url("/talk.wav"))
    with here.database.session() as session:
        session.execute(update(JobRow).values(attempt=here.settings.job_attempts - 1))
    worker = here.start()
    here.wait(lambda: media.asked["/talk.wav"])
    here.kill(worker)
    here.start()
    lost = here.ended(job)
    assert (lost.state, lost.error_code, lost.attempt) == (JobState.FAILED, "job_lost", here.settings.job_attempts)
    assert "died at this 6 times" in str(lost.error_message)
    assert [step.state.value for step in lost.steps] == ["failed", "waiting", "waiting", "waiting"]


def test_a_clock_that_is_killed_or_stands_still_comes_back_while_its_worker_is_at_a_job(here: Site) -> None:
    job = here.send("", "text", text=SAID * 8)
    worker = here.start()
    face = ClockFace(here.database)
    here.in_step(job, "classify")
    first = clock_of(here, worker.pid)
    os.kill(first, signal.SIGKILL)
    second = clock_of(here, worker.pid, besides=first)
    here.wait(lambda: (face.silent_s() or 60) < 4, "the clock never ticked again")
    assert "the clock of the regular jobs ended with status -9; it is started anew" in here.log.read_text()
    expired = here.create("", "text", text="never announced")
    with here.database.session() as session:
        session.execute(update(JobRow).values(updated_at=datetime.now(UTC) - timedelta(hours=1)))
    here.jobs.cancel(job.id)
    here.result(expired)  # found by the regular job that the new clock calls for
    worker.terminate()
    worker.wait(60)
    assert face.silent_s() is None
    assert not alive(second)


def test_a_worker_outlives_the_loss_of_its_queue(here: Site) -> None:
    queue = here.settings.instance_dir / "queue"
    worker = here.start()
    here.result(here.send("", "text", text="I am glad."))
    here.empty_broker()
    here.result(here.send("", "text", text="I am glad again."))
    here.empty_broker()
    queue.touch()  # as good as a disk that can only be read: nothing can be made in there
    job = here.send("", "text", text="I am sad.")
    here.wait(lambda: "the queue's folder cannot be used" in here.log.read_text(), "it was not noticed")
    queue.unlink()
    here.result(job)
    assert worker.poll() is None


def test_a_clock_ends_with_a_worker_that_is_killed(here: Site) -> None:
    worker = here.start()
    clock = clock_of(here, worker.pid)
    here.kill(worker)
    here.wait(lambda: not alive(clock), "the clock outlived its worker")


def clock_of(here: Site, worker: int, besides: int = 0) -> int:
    """The process of a worker's clock, once there is one that is not another."""

    def found() -> list[int]:
        clocks = []
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == worker and b"emotion_clf.jobs.clock" in (process / "cmdline").read_bytes():
                    clocks.append(int(process.name))
        return [pid for pid in clocks if pid != besides]

    here.wait(found, "the worker has no clock")
    return found()[0]


def alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
