"""What the worker does."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from celery import signals

from emotion_clf.errors import StorageError
from emotion_clf.jobs.app import RUN_JOB, app
from emotion_clf.jobs.clock_keeper import ClockKeeper
from emotion_clf.jobs.pulse import Pulse
from emotion_clf.jobs.queue import enqueue
from emotion_clf.jobs.webhooks import tell_all
from emotion_clf.jobs.work import Worker, ending
from emotion_clf.logs import bound, well_formed
from emotion_clf.logs.context import REQUEST_ID
from emotion_clf.settings import get_settings
from emotion_clf.storage import (
    CallStore,
    Database,
    ObservationStore,
    Observer,
    Repeats,
    Revocations,
    ShareStore,
    open_jobs,
    open_store,
)
from emotion_clf.storage.leases import LeaseDesk
from emotion_clf.storage.media_sweep import sweep_for_good
from emotion_clf.storage.recovery import JobRecovery

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.pipeline.steps import Steps

log = logging.getLogger(__name__)

pulse = Pulse()
clock = ClockKeeper()
# A transcription on the command line may be at work for so long without a finished part.
_AT_WORK_S: Final = 24 * 3600.0


@app.task(name=RUN_JOB)  # type: ignore[untyped-decorator]
def run_job(job_id: str) -> None:
    """Do a job, unless it is done, gone or another worker's."""
    settings = get_settings()
    request_id = well_formed(run_job.request.get(REQUEST_ID))
    with bound(request_id=request_id, job_id=job_id), _database() as database:
        observer = Observer(ObservationStore(database, settings))
        worker = Worker(open_jobs(settings, database), LeaseDesk(database, settings), _steps(), pulse, observer)
        waits = worker.run(job_id)
        if waits is not None:
            enqueue(settings, job_id, waits.request.kind)


@app.task(name="emotion_clf.recover_jobs")  # type: ignore[untyped-decorator]
def recover_jobs() -> int:
    """Announce the jobs that a broker or a worker lost; how many there were."""
    return _recover()


@app.task(name="emotion_clf.tell_webhooks")  # type: ignore[untyped-decorator]
def tell_webhooks() -> int:
    """Tell the addresses that wait for the end of a job; how many were told."""
    with _database() as database:
        return tell_all(get_settings(), database)


@app.task(name="emotion_clf.purge_expired")  # type: ignore[untyped-decorator]
def purge_expired() -> int:
    """Delete the recordings, answers, jobs and links whose time is over, old counts too; how many there were."""
    from emotion_clf.transcription.files import forget_unfinished

    settings = get_settings()
    with _database() as database:
        forget_unfinished(settings, least_s=_AT_WORK_S)
        Revocations(database).purge()
        Repeats(database).purge()
        ObservationStore(database, settings).tidy()
        jobs = JobRecovery(database, settings).purge()
        calls = CallStore(database, settings).purge_sounds() + ShareStore(database).purge_expired()
        return open_store(settings, database).purge_expired() + jobs + calls


@signals.worker_ready.connect  # type: ignore[untyped-decorator]
def _begin(**_: object) -> None:
    """Start the heart and the clock, and take up what was left by the workers before."""
    pulse.start()
    clock.start()
    sweep_for_good(get_settings())
    try:
        _recover(waiting_s=0)
    except StorageError:
        log.exception("what waits could not be looked for; that is done again soon")


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator]
def _end_soon(**_: object) -> None:
    """Have the job at hand put back."""
    ending.set()


@signals.worker_shutdown.connect  # type: ignore[untyped-decorator]
def _end(**_: object) -> None:
    clock.stop(get_settings())
    pulse.stop()


def _recover(waiting_s: float | None = None) -> int:
    settings = get_settings()
    with _database() as database:
        found = JobRecovery(database, settings).recover(waiting_s=waiting_s)
    for job_id, kind in found.items():
        enqueue(settings, job_id, kind)
    return len(found)


@lru_cache(maxsize=1)
def _steps() -> Steps:
    """The steps, with models that stay loaded for the next job."""
    from emotion_clf.pipeline.steps import Steps

    return Steps(get_settings())


@contextmanager
def _database() -> Iterator[Database]:
    database = Database(get_settings().database)
    try:
        yield database
    finally:
        database.dispose()
