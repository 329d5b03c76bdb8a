"""What every query of jobs needs: one job, how many rows changed, what a change brings along."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from emotion_clf.errors import NotFoundError
from emotion_clf.storage.job_rows import job_of
from emotion_clf.storage.tables import JobRow, StepRow

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.orm import Session

    from emotion_clf.storage.job_values import Job

GONE: Final = "There is no such job here. It was deleted, or it belongs to somebody else."


def read_job(session: Session, job_id: str) -> Job:
    """A job with its steps, as the database has them now.

    Raises:
        NotFoundError: there is none.
    """
    row = session.scalar(select(JobRow).filter_by(id=job_id).execution_options(populate_existing=True))
    if row is None:
        raise NotFoundError(GONE)
    steps = select(StepRow).filter_by(job_id=job_id).execution_options(populate_existing=True)
    return job_of(row, session.scalars(steps))


def rows_changed(session: Session, statement: Any) -> int:
    """How many rows a statement changed."""
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount)


def changed(now: datetime) -> dict[str, Any]:
    """What every change of a job brings along."""
    return {"revision": JobRow.revision + 1, "updated_at": now}
