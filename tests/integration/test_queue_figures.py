"""How many jobs wait and for how long, asked of a real database."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import StorageError
from emotion_clf.pipeline.requests import KINDS, SourceRequest
from emotion_clf.settings import Settings
from emotion_clf.storage import Database, JobStore, open_jobs
from emotion_clf.storage.leases import LeaseDesk
from emotion_clf.storage.queue_figures import QueueFigures, queue_figures
from emotion_clf.storage.recovery import JobRecovery

if TYPE_CHECKING:
    from collections.abc import Iterator

ADDRESS = SourceRequest("url", "https://youtu.be/aaaaaaaaaaa")


@pytest.fixture
def database() -> Iterator[Database]:
    database = Database(Settings().database)
    database.upgrade()
    yield database
    database.dispose()


@pytest.fixture
def jobs(database: Database) -> JobStore:
    return open_jobs(Settings(), database)


def of(database: Database, kind: str, later_s: float = 0.0) -> QueueFigures:
    now = datetime.now(UTC) + timedelta(seconds=later_s)
    return next(figures for figures in queue_figures(database, now) if figures.kind == kind)


def test_each_kind_is_told_also_where_there_is_no_job(database: Database) -> None:
    found = queue_figures(database)
    assert [figures.kind for figures in found] == list(KINDS)
    assert all((each.waiting, each.running, each.oldest_wait_s) == (0, 0, 0.0) for each in found)


def test_a_job_waits_until_a_worker_takes_it_and_again_once_it_is_given_back(
    database: Database, jobs: JobStore
) -> None:
    first = jobs.create(ADDRESS, owner="x")
    jobs.create(ADDRESS, owner="x")
    found = of(database, "url", later_s=60)
    assert (found.waiting, found.running) == (2, 0)
    assert found.oldest_wait_s == pytest.approx(60, abs=5)
    desk = LeaseDesk(database, Settings())
    claimed = desk.claim(first.id)
    assert claimed is not None
    assert (of(database, "url").waiting, of(database, "url").running) == (1, 1)
    desk.give_back(claimed[0])
    assert (of(database, "url").waiting, of(database, "url").running) == (2, 0)
    for job in jobs.search().items:
        jobs.cancel(job.id)
    assert of(database, "url", later_s=60).oldest_wait_s == 0


def test_being_announced_again_ends_no_wait(database: Database, jobs: JobStore) -> None:
    job = jobs.create(ADDRESS, owner="x")
    later = datetime.now(UTC) + timedelta(seconds=500)
    assert JobRecovery(database, Settings()).recover(now=later) == {job.id: "url"}
    assert of(database, "url", later_s=600).oldest_wait_s == pytest.approx(600, abs=5)


def test_a_database_without_tables_is_an_error_of_ours() -> None:
    database = Database(Settings().database)
    with pytest.raises(StorageError):
        queue_figures(database)
    database.dispose()
