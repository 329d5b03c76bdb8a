"""One job from its claim to its end."""

from __future__ import annotations

import logging
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from emotion_clf import monitoring
from emotion_clf.errors import EmotionError, NotFoundError, StorageError, machine_fault
from emotion_clf.pipeline.requests import CLASSIFY, steps_of
from emotion_clf.pipeline.step import StepWatch
from emotion_clf.storage.job_values import StepState
from emotion_clf.storage.leases import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.jobs.pulse import Pulse
    from emotion_clf.pipeline.call_requests import CallAnalysis
    from emotion_clf.pipeline.requests import SourceAnalysis
    from emotion_clf.pipeline.steps import Steps
    from emotion_clf.storage.job_values import Job
    from emotion_clf.storage.jobs import JobStore
    from emotion_clf.storage.leases import Lease, LeaseDesk
    from emotion_clf.storage.observations import Observer

log = logging.getLogger(__name__)

# Set once the worker is asked to end; the job at hand goes back to the queue.
ending: Final = threading.Event()

_DONE: Final = (StepState.DONE, StepState.SKIPPED)
_UNEXPECTED: Final = (
    "Something went wrong that should not have. Try again; if it stays so, the operator will find the cause in the "
    "worker's log."
)


class Outcome(StrEnum):
    """What came of a step, and at last of a job."""

    DONE = "done"
    SKIPPED = "skipped"
    FAILED = "failed"
    CANCELLED = "cancelled"
    PUT_BACK = "put back"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Worker:
    """What a job is done with.

    Attributes:
        jobs: where the files are.
        desk: gives out jobs and takes back what came of them.
        steps: does the work.
        pulse: keeps the lease.
        observer: counts what the models answered.
    """

    jobs: JobStore
    desk: LeaseDesk
    steps: Steps
    pulse: Pulse
    observer: Observer

    def run(self, job_id: str) -> Job | None:
        """Do a job, unless it is done, gone or another's.

        Whatever happens to this process, the job's row tells the others whose turn it is: nothing is stored without
        the lease.

        Returns:
            The job where it waits again, since this worker is asked to end.

        Raises:
            StorageError: the database cannot be used; the job is found again once its lease is over.
        """
        claimed = None if ending.is_set() else self.desk.claim(job_id)
        if claimed is None:
            return None
        lease, job = claimed
        log.info("job %s begun, attempt %d", job_id, job.attempt)
        started_s = time.perf_counter()
        with self.pulse.of(lease):
            try:
                outcome = self._do_all(lease, job)
            except _StoreAwayError:
                # Announced again once it has waited for a lease's length; by then the store may be back.
                outcome = Outcome.PUT_BACK if self.desk.give_back(lease) else Outcome.LOST
        monitoring.job_ended(job.request.kind, outcome, time.perf_counter() - started_s)
        log.info("job %s: %s", job_id, outcome)
        self._tidy(job_id)
        return job if outcome is Outcome.PUT_BACK and ending.is_set() else None

    def _do_all(self, lease: Lease, job: Job) -> Outcome:
        """Every step that is not done yet; what came of the last one."""
        outcome = Outcome.LOST
        with _reaching_store(job.id):
            self.jobs.bring(job.id)
        for step in steps_of(job.request.kind):
            if step != CLASSIFY and self.jobs.folder(job.id).is_done(step) and _is_done(step, job):
                continue
            started_s = time.perf_counter()
            try:
                outcome = self._do(step, lease, job)
            except _StepError as failed:
                outcome = self._settle(lease, step, failed.error)
            monitoring.step_ended(job.request.kind, step, outcome, time.perf_counter() - started_s)
            if outcome not in {Outcome.DONE, Outcome.SKIPPED}:
                break
        return outcome

    def _do(self, step: str, lease: Lease, job: Job) -> Outcome:
        """One step; after `DONE` and `SKIPPED` the next one may follow."""
        folder = self.jobs.folder(job.id)
        if not self.desk.begin(lease, step):
            return Outcome.LOST
        watch = StepWatch(self.pulse.teller(step), self._stopped)
        if step == CLASSIFY:
            with _failing(job.id, step):
                analysis = self.steps.classify(job.request, folder, watch)
            if self.desk.succeed(lease, analysis):
                self._count(analysis)
                return Outcome.DONE
            # Where somebody asked to stop in the last moment nothing is stored.
            return Outcome.CANCELLED if self.desk.cancel(lease) else Outcome.LOST
        with _failing(job.id, step):
            # One who died between the last two words of a step left its report.
            report = folder.report(step) or self.steps.run(step, job.request, folder, watch)
        if self.pulse.verdict is Verdict.LOST:
            return Outcome.LOST
        with _reaching_store(job.id):
            self.jobs.keep(job.id)
        if not self.desk.end(lease, step, report):
            return Outcome.LOST
        return Outcome.SKIPPED if report.skipped else Outcome.DONE

    def _count(self, analysis: SourceAnalysis | CallAnalysis) -> None:
        """Count what the models answered; the job is done whatever becomes of this."""
        if not self.observer.keeps:
            return
        try:
            observation = self.steps.observed(analysis)
        except EmotionError:
            log.exception("the answers of a job cannot be counted")
            return
        if observation is not None:
            self.observer.note(observation)
            self.observer.flush()

    def _stopped(self) -> bool:
        return ending.is_set() or self.pulse.verdict is not Verdict.GO_ON

    def _settle(self, lease: Lease, step: str, error: EmotionError) -> Outcome:
        """End a job whose step did not end well, or put it back; without the lease nothing of that happens."""
        if self.pulse.verdict is Verdict.CANCEL:
            return Outcome.CANCELLED if self.desk.cancel(lease) else Outcome.LOST
        if ending.is_set():
            return Outcome.PUT_BACK if self.desk.give_back(lease) else Outcome.LOST
        if not self.desk.fail(lease, step, error):
            return Outcome.LOST
        monitoring.failed("job", error.code)
        log.info("job %s failed in step %s: %s", lease.job_id, step, error.code, extra={"code": error.code})
        return Outcome.FAILED

    def _tidy(self, job_id: str) -> None:
        """Delete what was written for a job that was deleted meanwhile."""
        try:
            self.jobs.get(job_id)
        except NotFoundError:
            with suppress(StorageError):  # what is left then is swept later
                self.jobs.discard(job_id)


class _StepError(Exception):
    """A step's own error, told apart from those of the database that keeps the job."""

    def __init__(self, error: EmotionError) -> None:
        super().__init__(error.message)
        self.error = error


class _StoreAwayError(Exception):
    """The files of a job cannot be fetched, or not be kept."""


@contextmanager
def _reaching_store(job_id: str) -> Iterator[None]:
    """Where the store cannot be reached, the job waits for it."""
    try:
        yield
    except StorageError as error:
        log.warning("job %s waits for the store of recordings", job_id)
        raise _StoreAwayError from error


@contextmanager
def _failing(job_id: str, step: str) -> Iterator[None]:
    """Every error of a step ends its job with a sentence."""
    try:
        yield
    except EmotionError as error:
        raise _StepError(error) from error
    except Exception as error:
        log.exception("job %s broke in step %s", job_id, step)
        raise _StepError(machine_fault(error) or EmotionError(_UNEXPECTED)) from error


def _is_done(step: str, job: Job) -> bool:
    return any(found.name == step and found.state in _DONE for found in job.steps)
