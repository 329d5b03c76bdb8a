"""Tokens that were taken back before their time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from emotion_clf.errors import StorageError
from emotion_clf.storage.access_tables import RevokedTokenRow

if TYPE_CHECKING:
    from emotion_clf.storage.database import Database


class Revocations:
    """Remembers a token for as long as it could be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, jti: str, expires_at: datetime) -> bool:
        """Take a token back; whether nobody had before.

        Of two who use up one token at the same moment only one is told so: the primary key decides.

        Args:
            jti: the token's own number.
            expires_at: when it would have run out, in UTC.
        """
        self.purge()
        if self.has(jti):
            return False
        try:
            with self._database.session() as session:
                session.add(RevokedTokenRow(jti=jti, expires_at=expires_at))
        except StorageError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True

    def has(self, jti: str) -> bool:
        """Whether a token was taken back."""
        with self._database.session() as session:
            return session.scalar(select(RevokedTokenRow.jti).filter_by(jti=jti)) is not None

    def purge(self, now: datetime | None = None) -> None:
        """Forget tokens that have run out by themselves."""
        with self._database.session() as session:
            session.execute(delete(RevokedTokenRow).where(RevokedTokenRow.expires_at <= (now or datetime.now(UTC))))
