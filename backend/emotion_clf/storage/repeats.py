"""Requests that are sent again because their answer was lost: done once, answered alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update
from sqlalchemy.exc import IntegrityError

from emotion_clf.errors import StorageError
from emotion_clf.storage.access_tables import RepeatRow

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from emotion_clf.storage.database import Database

KEPT: Final = timedelta(hours=24)
# A server that died at its work never answers; after so long the request may be sent anew.
GIVEN_UP: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered.

    Attributes:
        status: HTTP status.
        headers: those that belong to the answer.
        body: its bytes, JSON.
    """

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier request under the same key.

    Attributes:
        request_sha256: what was asked then.
        answer: what was answered, None where that is still being worked out.
    """

    request_sha256: str
    answer: Answer | None


class Repeats:
    """Keeps the answers to requests with a key of their sender's choice for 24 hours."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def begin(self, owner: str, key: str, request_sha256: str) -> Earlier | None:
        """Note a request, unless there was one under this key; None where it is the first."""
        self.purge()
        try:
            with self._database.session() as session:
                row = session.scalar(select(RepeatRow).filter_by(owner=owner, key=key))
                if row is not None:
                    return _earlier(row)
                session.add(
                    RepeatRow(owner=owner, key=key, request_sha256=request_sha256, created_at=datetime.now(UTC))
                )
        except StorageError as error:
            # Of two that come at once the primary key lets one through.
            if not isinstance(error.__cause__, IntegrityError):
                raise
            return Earlier(request_sha256, None)
        return None

    def end(self, owner: str, key: str, answer: Answer) -> None:
        """Keep the answer to a request."""
        kept = {"status": answer.status, "headers": answer.headers, "body": answer.body}
        with self._database.session() as session:
            session.execute(update(RepeatRow).where(*_under(owner, key)).values(kept))

    def forget(self, owner: str, key: str) -> None:
        """Forget a request that came to nothing, so that it may be sent again."""
        with self._database.session() as session:
            session.execute(delete(RepeatRow).where(*_under(owner, key)))

    def forget_about(self, owner: str, subject_id: str) -> None:
        """Forget every answer to this owner that names something now deleted."""
        with self._database.session() as session:
            rows = session.execute(select(RepeatRow.key, RepeatRow.body).filter_by(owner=owner))
            naming = [key for key, body in rows if body is not None and subject_id.encode("utf-8") in body]
            session.execute(delete(RepeatRow).where(RepeatRow.owner == owner, RepeatRow.key.in_(naming)))

    def purge(self, now: datetime | None = None) -> int:
        """Forget the answers whose time is over, and requests never answered; how many there were."""
        now = now or datetime.now(UTC)
        over = (RepeatRow.created_at <= now - KEPT) | (
            RepeatRow.status.is_(None) & (RepeatRow.created_at <= now - GIVEN_UP)
        )
        with self._database.session() as session:
            return len(list(session.scalars(delete(RepeatRow).where(over).returning(RepeatRow.key))))


def _under(owner: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (RepeatRow.owner == owner, RepeatRow.key == key)


def _earlier(row: RepeatRow) -> Earlier:
    if row.status is None:
        return Earlier(row.request_sha256, None)
    return Earlier(row.request_sha256, Answer(row.status, row.headers or {}, row.body or b""))
