"""How many jobs wait and run, and for how long the oldest has waited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from emotion_clf.pipeline.requests import KINDS
from emotion_clf.storage.job_values import JobState
from emotion_clf.storage.tables import JobRow

if TYPE_CHECKING:
    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.storage.database import Database


@dataclass(frozen=True, slots=True)
class QueueFigures:
    """One kind of job.

    Attributes:
        kind: which.
        waiting: how many wait for a worker.
        running: how many are at work.
        oldest_wait_s: since when the first of those that wait does, in seconds; 0 where none does.
    """

    kind: Kind
    waiting: int
    running: int
    oldest_wait_s: float


def queue_figures(database: Database, now: datetime | None = None) -> tuple[QueueFigures, ...]:
    """The figures of each kind, also of those of which there is no job.

    Args:
        database: where the jobs are.
        now: the moment it is, in UTC.

    Raises:
        StorageError: the database cannot be used.
    """
    now = now or datetime.now(UTC)
    # A job that waits is changed when it begins to and not again before a worker takes it.
    asked = (
        select(JobRow.kind, JobRow.state, func.count(), func.min(JobRow.updated_at))
        .where(JobRow.state.in_([JobState.QUEUED, JobState.RUNNING]))
        .group_by(JobRow.kind, JobRow.state)
    )
    with database.session() as session:
        found = {(kind, state): (count, since) for kind, state, count, since in session.execute(asked)}
    nothing = (0, now)
    figures = []
    for kind in KINDS:
        waiting, since = found.get((kind, JobState.QUEUED), nothing)
        running, _ = found.get((kind, JobState.RUNNING), nothing)
        figures.append(QueueFigures(kind, waiting, running, max(0.0, (now - since).total_seconds())))
    return tuple(figures)
