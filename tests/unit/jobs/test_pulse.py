"""The worker's heart, as a real process over a real database."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, update

from emotion_clf.jobs.pulse import Pulse
from emotion_clf.pipeline.requests import SourceRequest
from emotion_clf.settings import Settings
from emotion_clf.storage import Database, open_jobs
from emotion_clf.storage.leases import LeaseDesk, Verdict
from emotion_clf.storage.tables import JobRow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def settings() -> Settings:
    return Settings()


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    found = Database(settings.database)
    found.upgrade()
    yield found
    found.dispose()


@pytest.fixture
def pulse() -> Iterator[Pulse]:
    found = Pulse()
    found.start()
    yield found
    found.stop()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_heart_renews_tells_and_brings_the_wish_to_stop(
    settings: Settings, database: Database, pulse: Pulse, capfd: pytest.CaptureFixture[str]
) -> None:
    jobs, desk = open_jobs(settings, database), LeaseDesk(database, settings)
    job = jobs.create(SourceRequest("text", ""), owner="a", text="a")
    claimed = desk.claim(job.id)
    assert claimed is not None
    lease = claimed[0]
    desk.begin(lease, "classify")

    def lease_until() -> object:
        with database.session() as session:
            return session.scalar(select(JobRow.lease_until))

    before = lease_until()
    with pulse.of(lease):
        pulse.teller("classify")(0.5, "half of it")
        wait_for(lambda: jobs.get(job.id).steps[0].progress == 0.5)
        assert lease_until() != before
        assert pulse.verdict is Verdict.GO_ON
        heart = pulse._heart
        assert heart is not None
        os.kill(heart.pid, signal.SIGKILL)
        heart.wait()
        jobs.cancel(job.id)
        wait_for(lambda: pulse.verdict is Verdict.CANCEL)
        with database.session() as session:
            session.execute(update(JobRow).values(lease_token="f" * 32))
        wait_for(lambda: pulse.verdict is Verdict.LOST)
    assert capfd.readouterr().err == ""


def test_a_heart_ends_with_its_input(pulse: Pulse) -> None:
    heart = pulse._heart
    assert heart is not None
    assert heart.stdin is not None
    heart.stdin.close()
    assert heart.wait(60) == 0
