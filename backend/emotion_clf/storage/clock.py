"""The clock's sign of life: when the clock of any worker last ticked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from emotion_clf.storage.tables import ClockRow

if TYPE_CHECKING:
    from emotion_clf.storage.database import Database

TICK_EVERY_S: Final = 5.0
OVERDUE_AFTER_S: Final = 60.0
_THE_ROW: Final = 1


class ClockFace:
    """Where clocks note that they tick, and others read it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def tick(self) -> None:
        """Note that a clock ticks now.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            session.merge(ClockRow(id=_THE_ROW, ticked_at=datetime.now(UTC)))

    def forget(self) -> None:
        """Note that this site has no clock any more; another worker's, if there is one, soon ticks again.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            session.execute(delete(ClockRow))

    def silent_s(self) -> float | None:
        """Return for how long no clock has ticked, in seconds; None where no worker runs that should have one.

        Raises:
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            row = session.get(ClockRow, _THE_ROW)
        return None if row is None else max(0.0, (datetime.now(UTC) - row.ticked_at).total_seconds())
