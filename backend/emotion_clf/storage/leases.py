"""Jobs as the worker sees them: whoever holds a job's lease works on it, and nobody else.

A lease is a random token in the job's row, and a moment until which it holds. Every change a worker makes is made on
the condition that its token still stands there, so that a worker which was thought dead changes nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select, update

from emotion_clf.pipeline.requests import CLASSIFY
from emotion_clf.storage.job_queries import changed, read_job, rows_changed
from emotion_clf.storage.job_values import JobState, StepState
from emotion_clf.storage.new_jobs import printable
from emotion_clf.storage.results import store_result, summary_values
from emotion_clf.storage.tables import JobRow, StepRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from emotion_clf.errors import EmotionError
    from emotion_clf.pipeline.step import StepReport
    from emotion_clf.settings import Settings
    from emotion_clf.storage.database import Database
    from emotion_clf.storage.job_values import Job
    from emotion_clf.storage.results import Analysis

_MESSAGE_CHARACTERS: Final = 500
_TITLE_CHARACTERS: Final = 200
_OPEN: Final = (StepState.WAITING, StepState.RUNNING)


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to work on a job.

    Attributes:
        job_id: the job.
        token: what stands in its row for as long as this lease holds.
    """

    job_id: str
    token: str


class Verdict(Enum):
    """What the row says to the one at work."""

    GO_ON = "go on"
    CANCEL = "cancel"
    LOST = "lost"


class LeaseDesk:
    """Gives out jobs, and takes back what came of them; every method but `claim` tells whether the lease still held."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._kinds = tuple(settings.worker_kinds)
        self._length = timedelta(seconds=settings.job_lease_s)

    def claim(self, job_id: str) -> tuple[Lease, Job] | None:
        """Begin a job that waits; None where there is none of that id that does, or of none of WORKER_KINDS.

        Raises:
            StorageError: the database cannot be used, here as in every other method.
        """
        now = datetime.now(UTC)
        lease = Lease(job_id, secrets.token_hex(16))
        waiting = update(JobRow).where(
            JobRow.id == job_id, JobRow.state == JobState.QUEUED, JobRow.kind.in_(self._kinds)
        )
        values = {
            "state": JobState.RUNNING,
            "attempt": JobRow.attempt + 1,
            "lease_token": lease.token,
            "lease_until": now + self._length,
            **changed(now),
        }
        with self._database.session() as session:
            if not rows_changed(session, waiting.values(**values)):
                return None
            return lease, read_job(session, job_id)

    def renew(self, lease: Lease, progress: tuple[str, float | None, str] | None = None) -> Verdict:
        """Keep a lease, tell how far its job is, and hear whether to go on.

        Args:
            lease: as `claim` gave it.
            progress: a step, the share of it that is done and a line for people; None: no news.
        """
        now = datetime.now(UTC)
        # A renewal alone is no change that anybody looks at.
        news = changed(now) if progress is not None else {}
        with self._database.session() as session:
            if not rows_changed(session, _held(lease).values(lease_until=now + self._length, **news)):
                return Verdict.LOST
            if progress is not None:
                name, share, message = progress
                running = _step(lease, name).where(StepRow.state == StepState.RUNNING)
                session.execute(running.values(progress=share, message=_line(message)))
            stop = session.scalar(select(JobRow.cancel_requested).filter_by(id=lease.job_id))
        return Verdict.CANCEL if stop else Verdict.GO_ON

    def begin(self, lease: Lease, step: str) -> bool:
        """Say that a step is begun."""
        now = datetime.now(UTC)
        return self._step(
            lease, step, state=StepState.RUNNING, progress=None, started_at=now, ended_at=None, message=""
        )

    def end(self, lease: Lease, step: str, report: StepReport) -> bool:
        """Say what a step did."""
        now = datetime.now(UTC)
        found: dict[str, Any] = {}
        if report.title is not None:
            found["title"] = printable(report.title)[:_TITLE_CHARACTERS]
        if report.media is not None:
            found["media"] = report.media
        state = StepState.SKIPPED if report.skipped else StepState.DONE
        done = {"state": state, "progress": None if report.skipped else 1.0, "ended_at": now}
        return self._step(lease, step, found, message=_line(report.message), **done)

    def succeed(self, lease: Lease, analysis: Analysis) -> bool:
        """Store the result and end the job, both or neither; not where somebody asked to stop meanwhile."""
        now = datetime.now(UTC)
        wanted = _held(lease).where(JobRow.cancel_requested.is_(False))
        with self._database.session() as session:
            if not rows_changed(
                session, wanted.values(**ended(JobState.SUCCEEDED, now), summary=summary_values(analysis))
            ):
                return False
            message = store_result(session, lease.job_id, analysis)
            done = _step(lease, CLASSIFY).values(state=StepState.DONE, progress=1.0, ended_at=now, message=message)
            session.execute(done)
        return True

    def fail(self, lease: Lease, step: str, error: EmotionError) -> bool:
        """End the job with an error."""
        now = datetime.now(UTC)
        with self._database.session() as session:
            failed = ended(JobState.FAILED, now, error.code, error.message)
            if not rows_changed(session, _held(lease).values(**failed)):
                return False
            failed_step = _step(lease, step).values(state=StepState.FAILED, ended_at=now, message=_line(error.message))
            session.execute(failed_step)
        return True

    def cancel(self, lease: Lease) -> bool:
        """End the job because somebody asked to."""
        now = datetime.now(UTC)
        with self._database.session() as session:
            if not rows_changed(session, _held(lease).values(**ended(JobState.CANCELLED, now))):
                return False
            close_steps(session, lease.job_id, now)
        return True

    def give_back(self, lease: Lease) -> bool:
        """Put the job back in the queue as if it had not been begun: the worker is asked to end."""
        now = datetime.now(UTC)
        with self._database.session() as session:
            values = {**requeued(now), "attempt": JobRow.attempt - 1}
            if not rows_changed(session, _held(lease).values(**values)):
                return False
            wait_again(session, lease.job_id)
        return True

    def _step(self, lease: Lease, step: str, found: dict[str, Any] | None = None, **values: Any) -> bool:
        with self._database.session() as session:
            now = datetime.now(UTC)
            kept = {"lease_until": now + self._length, **changed(now), **(found or {})}
            if not rows_changed(session, _held(lease).values(**kept)):
                return False
            session.execute(_step(lease, step).values(**values))
        return True


def requeued(now: datetime) -> dict[str, Any]:
    """A job that waits for another worker."""
    return {
        "state": JobState.QUEUED,
        "queued_at": now,
        "lease_token": None,
        "lease_until": None,
        **changed(now),
    }


def wait_again(session: Session, job_id: str) -> None:
    """The step that was begun waits."""
    session.execute(
        update(StepRow)
        .where(StepRow.job_id == job_id, StepRow.state == StepState.RUNNING)
        .values(state=StepState.WAITING, progress=None, started_at=None, message="")
    )


def close_steps(session: Session, job_id: str, now: datetime, state: StepState = StepState.CANCELLED) -> None:
    """What was begun, or still waited, is over."""
    begun = update(StepRow).where(StepRow.job_id == job_id, StepRow.state == StepState.RUNNING)
    session.execute(begun.values(state=state, ended_at=now))
    if state is StepState.CANCELLED:
        session.execute(update(StepRow).where(StepRow.job_id == job_id, StepRow.state.in_(_OPEN)).values(state=state))


def ended(
    state: JobState, now: datetime, error_code: str | None = None, error_message: str | None = None
) -> dict[str, Any]:
    """A job that is over."""
    return {
        "state": state,
        "ended_at": now,
        "error_code": error_code,
        "error_message": error_message,
        "lease_token": None,
        "lease_until": None,
        **changed(now),
    }


def _held(lease: Lease) -> Any:
    """A change of the job, on condition that the lease holds."""
    return update(JobRow).where(
        JobRow.id == lease.job_id, JobRow.lease_token == lease.token, JobRow.state == JobState.RUNNING
    )


def _step(lease: Lease, name: str) -> Any:
    return update(StepRow).where(StepRow.job_id == lease.job_id, StepRow.name == name)


def _line(message: str) -> str:
    return printable(message)[:_MESSAGE_CHARACTERS]
