"""Where the things of an owner lie, and what can be done with all of them at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, union

from emotion_clf.belongings.export import Export
from emotion_clf.belongings.holdings import Holding, count
from emotion_clf.errors import NotFoundError
from emotion_clf.storage import CallStore, open_jobs, open_store
from emotion_clf.storage.access_tables import RepeatRow
from emotion_clf.storage.tables import AnalysisRow, FeedbackRow, JobRow

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from emotion_clf.settings import Settings
    from emotion_clf.storage import Database


class Belongings:
    """Everything of one owner, or of one person who is several owners: a visitor who signed in as an administrator."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._analyses = open_store(settings, database)
        self._jobs = open_jobs(settings, database)
        self._calls = CallStore(database, settings)

    def owners(self) -> list[str]:
        """Everybody who has something here, sorted.

        Raises:
            StorageError: the database cannot be used, here as in every other method.
        """
        everybody = union(*(select(table.owner) for table in (AnalysisRow, JobRow, FeedbackRow, RepeatRow)))
        with self._database.session() as session:
            return sorted(session.scalars(everybody))

    def count(self, owners: Collection[str]) -> tuple[Holding, ...]:
        """How much there is of each kind, those of which there is nothing included."""
        return count(self._database, self._settings, self._calls, owners)

    def export(self, owners: Collection[str]) -> Iterator[bytes]:
        """A ZIP with all of it, piece by piece; nothing larger than a piece is held in memory."""
        return Export(self._settings, self._database, owners).stream()

    def erase(self, owners: Collection[str]) -> None:
        """Delete all of it, now; a worker that is at a job of theirs stops and stores nothing.

        Whoever is cut off here, or sends something meanwhile, may do it again: what is gone already is passed over.
        """
        for job_id in self._ids(JobRow, owners):
            try:
                self._jobs.delete(job_id)
            except NotFoundError:
                continue
        for owner in owners:
            for analysis_id in self._ids(AnalysisRow, [owner]):
                try:
                    self._analyses.delete(analysis_id, owner=owner)
                except NotFoundError:
                    continue
        with self._database.session() as session:
            for table in (FeedbackRow, RepeatRow):
                session.execute(delete(table).where(table.owner.in_(owners)))

    def _ids(self, table: type[JobRow] | type[AnalysisRow], owners: Collection[str]) -> list[str]:
        with self._database.session() as session:
            return list(session.scalars(select(table.id).where(table.owner.in_(owners))))
