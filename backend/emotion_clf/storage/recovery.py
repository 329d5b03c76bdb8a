"""Find the jobs that nobody works on any more, and the ones that are over."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, cast

from sqlalchemy import delete, select, update

from emotion_clf.errors import JobLostError
from emotion_clf.storage.feedback import forget_feedback
from emotion_clf.storage.job_queries import rows_changed
from emotion_clf.storage.job_values import ENDED, JobState, StepState
from emotion_clf.storage.leases import close_steps, ended, requeued, wait_again
from emotion_clf.storage.media import JOBS, job_key, open_media
from emotion_clf.storage.tables import JobRow

if TYPE_CHECKING:
    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.settings import Settings
    from emotion_clf.storage.database import Database

log = logging.getLogger(__name__)

_ORPHAN_AFTER_S: Final = 3600.0


class JobRecovery:
    """What the database knows and a broker may have forgotten."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._media = open_media(settings)

    def recover(self, *, waiting_s: float | None = None, now: datetime | None = None) -> dict[str, Kind]:
        """Put back the jobs whose workers are silent, and end those for which that happened too often.

        Args:
            waiting_s: jobs that have waited for so long are announced again, in seconds; None: for a lease's length.
            now: the moment it is, in UTC.

        Returns:
            The jobs that workers have to be told of: their ids, and of which kind they are.

        Raises:
            StorageError: the database cannot be used.
        """
        now = now or datetime.now(UTC)
        with self._database.session() as session:
            silent = select(JobRow).where(JobRow.state == JobState.RUNNING, JobRow.lease_until < now)
            rows = list(session.scalars(silent))
        taken = {row.id: cast("Kind", row.kind) for row in rows if self._take_from(row, now)}
        unheard = self._announceable(now, self._settings.job_lease_s if waiting_s is None else waiting_s)
        return {**taken, **unheard}

    def purge(self, now: datetime | None = None) -> int:
        """Delete jobs that ended long enough ago, with all they have, and folders of no job.

        Returns:
            How many jobs were deleted.
        """
        now = now or datetime.now(UTC)
        gone = self._purge_jobs(now) if self._settings.job_retention_days else []
        for job_id in gone:
            self._discard(job_id)
        self._sweep()
        if gone:
            log.info("deleted %d jobs whose time was over", len(gone))
        return len(gone)

    def _take_from(self, row: JobRow, now: datetime) -> bool:
        """Take a job from a silent worker, unless that has spoken meanwhile; whether it waits for another now."""
        silent = (JobRow.id == row.id, JobRow.lease_token == row.lease_token, JobRow.lease_until < now)
        held = update(JobRow).where(*silent, JobRow.state == JobState.RUNNING)
        with self._database.session() as session:
            if row.cancel_requested:
                if rows_changed(session, held.values(**ended(JobState.CANCELLED, now))):
                    close_steps(session, row.id, now)
                return False
            if row.attempt >= self._settings.job_attempts:
                error = _lost(row.attempt)
                if rows_changed(session, held.values(**ended(JobState.FAILED, now, error.code, error.message))):
                    close_steps(session, row.id, now, StepState.FAILED)
                    log.warning("job %s was given up after %d attempts", row.id, row.attempt)
                return False
            if not rows_changed(session, held.values(**requeued(now))):
                return False
            wait_again(session, row.id)
        log.warning("job %s lost its worker and waits for another", row.id)
        return True

    def _announceable(self, now: datetime, waiting_s: float) -> dict[str, Kind]:
        """Those that wait and were not announced of late; they count as announced from now on."""
        unheard = (JobRow.state == JobState.QUEUED, JobRow.queued_at <= now - timedelta(seconds=waiting_s))
        with self._database.session() as session:
            rows = session.execute(select(JobRow.id, JobRow.kind).where(*unheard).order_by(JobRow.created_at))
            waiting = {job_id: cast("Kind", kind) for job_id, kind in rows}
            if waiting:
                session.execute(update(JobRow).where(JobRow.id.in_(waiting), *unheard).values(queued_at=now))
        return waiting

    def _purge_jobs(self, now: datetime) -> list[str]:
        over = (
            JobRow.state.in_(ENDED),
            JobRow.ended_at <= now - timedelta(days=self._settings.job_retention_days),
        )
        with self._database.session() as session:
            found = list(session.scalars(select(JobRow.id).where(*over)))
        gone = []
        for job_id in found:
            with self._database.session() as session:
                if rows_changed(session, delete(JobRow).where(JobRow.id == job_id, *over)):
                    forget_feedback(session, [job_id])
                    gone.append(job_id)
        return gone

    def _sweep(self) -> None:
        """Delete folders left by whoever died between writing and storing, or wrote after a job was deleted."""
        oldest = time.time() - _ORPHAN_AFTER_S
        old = {name for name, at_s in self._media.changed_at(JOBS).items() if at_s <= oldest}
        with self._database.session() as session:
            known = set(session.scalars(select(JobRow.id)))
        for job_id in old - known:
            self._discard(job_id)

    def _discard(self, job_id: str) -> None:
        self._media.discard_folder(job_key(job_id))


def _lost(attempts: int) -> JobLostError:
    times = "once" if attempts == 1 else f"{attempts} times"
    return JobLostError(
        f"The worker died at this {times}, so it was given up. Try a shorter recording; if that does not help, the "
        "operator should look at the worker's log."
    )
