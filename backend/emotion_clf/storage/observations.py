"""Counts of what the models met, by day; who sent it is not among them."""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from sqlalchemy import JSON, Date, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from emotion_clf.errors import StorageError
from emotion_clf.pipeline.observations import Counts, Observation, Subject
from emotion_clf.storage.tables import Base

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from emotion_clf.pipeline.observations import ObservedKind
    from emotion_clf.settings import Settings
    from emotion_clf.storage.database import Database

log = logging.getLogger(__name__)

_AGAIN_AFTER_S: Final = 60.0


class ObservationRow(Base):
    """Counts of one day; each day has one row for each subject once they were merged."""

    __tablename__ = "observations"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, index=True)
    kind: Mapped[str] = mapped_column(String(8))
    model_name: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(32))
    reference: Mapped[str] = mapped_column(String(16))
    sources: Mapped[int]
    answers: Mapped[int]
    counts: Mapped[dict[str, Any]] = mapped_column(JSON)


_KEY: Final = (
    ObservationRow.day,
    ObservationRow.kind,
    ObservationRow.model_name,
    ObservationRow.model_version,
    ObservationRow.reference,
)
_COUNTED: Final = (ObservationRow.sources, ObservationRow.answers, ObservationRow.counts)


class ObservationStore:
    """The counts in the database."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._kept_days = settings.drift_retention_days

    @property
    def keeps(self) -> bool:
        """Whether anything is counted at all."""
        return self._kept_days > 0

    def add(self, counted: dict[tuple[date, Subject], Counts]) -> None:
        """Store counts, all or none.

        Raises:
            StorageError: the database cannot be used, here as in every other method.
        """
        with self._database.session() as session:
            session.add_all(_row(day, subject, counts) for (day, subject), counts in counted.items())

    def since(self, first: date) -> dict[Subject, Counts]:
        """The sums of all days from `first` on, in UTC."""
        found: dict[Subject, Counts] = {}
        with self._database.session() as session:
            for *key, sources, answers, counts in session.execute(
                select(*_KEY[1:], *_COUNTED).where(ObservationRow.day >= first)
            ):
                kind, name, version, reference = key
                subject = Subject(cast("ObservedKind", kind), name, version, reference)
                counted = Counts.of(sources, answers, counts)
                found[subject] = found[subject] + counted if subject in found else counted
        return found

    def tidy(self, today: date | None = None) -> int:
        """Delete the rows that are too old, and merge the others day by day; how many were deleted."""
        today = today or datetime.now(UTC).date()
        with self._database.session() as session:
            oldest = today - timedelta(days=self._kept_days)
            old = delete(ObservationRow).where(ObservationRow.day <= oldest).returning(ObservationRow.id)
            deleted = len(list(session.scalars(old)))
            crowded = select(*_KEY).group_by(*_KEY).having(func.count() > 1)
            for key in session.execute(crowded).all():
                _merge(session, tuple(key))
        return deleted


class Observer:
    """Takes observations at once and writes them when that keeps nobody waiting.

    Counting is a service to the operator: what goes wrong with it is logged, and no answer fails for it.
    """

    def __init__(self, store: ObservationStore) -> None:
        self._store = store
        self._guard = threading.Lock()
        self._waiting: dict[tuple[date, Subject], Counts] = {}
        self._again_at = 0.0

    @property
    def keeps(self) -> bool:
        """Whether anything is counted at all."""
        return self._store.keeps

    def note(self, observation: Observation) -> None:
        """Take an observation; `flush` writes it."""
        with self._guard:
            self._take((datetime.now(UTC).date(), observation.subject), observation.counts)

    def flush(self) -> None:
        """Write what was noted; where the database does not take it, it is kept for a later call."""
        with self._guard:
            if not self._waiting or time.monotonic() < self._again_at:
                return
            writing, self._waiting = self._waiting, {}
        try:
            self._store.add(writing)
        except StorageError:
            with self._guard:
                if not self._again_at:
                    log.warning("what the models met cannot be counted; it is kept in memory and tried again")
                self._again_at = time.monotonic() + _AGAIN_AFTER_S
                for key, counts in writing.items():
                    self._take(key, counts)
        else:
            self._again_at = 0.0

    def _take(self, key: tuple[date, Subject], counts: Counts) -> None:
        held = self._waiting.get(key)
        self._waiting[key] = counts if held is None else held + counts


def _merge(session: Session, key: tuple[Any, ...]) -> None:
    """Put the sum of the rows of a key in their place.

    Of two that merge at once each adds up the rows it deleted itself, so nothing is counted twice.
    """
    same = [column == value for column, value in zip(_KEY, key, strict=True)]
    rows = session.execute(delete(ObservationRow).where(*same).returning(*_COUNTED)).all()
    if not rows:
        return
    total, *others = (Counts.of(sources, answers, counts) for sources, answers, counts in rows)
    for counts in others:
        total = total + counts
    day, kind, name, version, reference = key
    session.add(_row(day, Subject(kind, name, version, reference), total))


def _row(day: date, subject: Subject, counts: Counts) -> ObservationRow:
    return ObservationRow(
        day=day,
        kind=subject.kind,
        model_name=subject.model,
        model_version=subject.version,
        reference=subject.reference,
        sources=counts.sources,
        answers=counts.answers,
        counts=counts.as_dict(),
    )
