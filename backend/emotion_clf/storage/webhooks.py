"""Addresses that wait to be told of a job's end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from emotion_clf.storage.access_tables import WebhookRow
from emotion_clf.storage.job_queries import read_job, rows_changed
from emotion_clf.storage.job_values import ENDED
from emotion_clf.storage.tables import JobRow

if TYPE_CHECKING:
    from emotion_clf.storage.database import Database
    from emotion_clf.storage.job_values import Job

ATTEMPTS: Final = 6
_FIRST_WAIT: Final = timedelta(seconds=10)
_LONGER: Final = 4
_MOST_AT_ONCE: Final = 20


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is to be told now.

    Attributes:
        job: the job that has ended.
        url: the address.
        attempt: the how manyth time it is tried, from 1.
    """

    job: Job
    url: str
    attempt: int


class WebhookStore:
    """Keeps an address until it was told, or was tried often enough."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, job_id: str, url: str) -> None:
        """Have an address told once a job has ended."""
        with self._database.session() as session:
            session.add(WebhookRow(job_id=job_id, url=url, attempts=0, due_at=datetime.now(UTC)))

    def take_due(self, now: datetime | None = None) -> list[Webhook]:
        """Addresses to be told now. Each counts as tried, so that no other worker tells it too."""
        now = now or datetime.now(UTC)
        due = (
            select(WebhookRow)
            .join(JobRow, JobRow.id == WebhookRow.job_id)
            .where(JobRow.state.in_(ENDED), WebhookRow.due_at <= now)
            .order_by(WebhookRow.due_at)
            .limit(_MOST_AT_ONCE)
        )
        with self._database.session() as session:
            rows = list(session.scalars(due))
        return [taken for taken in (self._take(row, now) for row in rows) if taken is not None]

    def settle(self, job_id: str) -> None:
        """Forget an address that was told, or is not tried again."""
        with self._database.session() as session:
            session.execute(delete(WebhookRow).filter_by(job_id=job_id))

    def _take(self, row: WebhookRow, now: datetime) -> Webhook | None:
        attempt = row.attempts + 1
        again = {"attempts": attempt, "due_at": now + _FIRST_WAIT * _LONGER**row.attempts}
        as_read = (WebhookRow.job_id == row.job_id, WebhookRow.attempts == row.attempts)
        with self._database.session() as session:
            if not rows_changed(session, update(WebhookRow).where(*as_read).values(again)):
                return None
            return Webhook(read_job(session, row.job_id), row.url, attempt)
