"""The keys of programs: shown once, stored as digests."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from emotion_clf.errors import InvalidRequestError, NotFoundError
from emotion_clf.storage.access_tables import ApiKeyRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from emotion_clf.storage.database import Database

SCOPES: Final = ("read", "write", "admin")
PREFIX: Final = "eclf_"
_LONGEST_NAME: Final = 64
_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A program that may ask.

    Attributes:
        id: 128 random bits in hexadecimal.
        name: what its operator calls it.
        scopes: what it may do, some of `SCOPES`.
        created_at: since when, in UTC.
        revoked_at: until when, None where it still may.
    """

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    revoked_at: datetime | None

    @property
    def owner(self) -> str:
        """What its jobs and answers are marked with."""
        return f"key:{self.id}"


class ApiKeyStore:
    """Keeps the keys of programs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, name: str, scopes: Collection[str]) -> tuple[ApiKey, str]:
        """Make a key.

        The secret is 256 random bits, so that a plain digest of it is as good as a slow one.

        Args:
            name: what to call it.
            scopes: what it may do.

        Returns:
            The key, and its secret, which is not stored.

        Raises:
            InvalidRequestError: the name or a scope will not do, or there is a key of that name.
            StorageError: the database cannot be used.
        """
        known_as = name.strip()
        if not known_as or len(known_as) > _LONGEST_NAME or not known_as.isprintable():
            raise InvalidRequestError(f"Choose a name of 1 to {_LONGEST_NAME} characters that can be seen.")
        chosen = [scope for scope in SCOPES if scope in scopes]
        if not chosen or len(chosen) != len(set(scopes)):
            raise InvalidRequestError(f"Choose one or more of the scopes {', '.join(SCOPES)}.")
        secret = PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
        row = ApiKeyRow(
            id=secrets.token_hex(16),
            name=known_as,
            secret_sha256=_digest(secret),
            scopes=chosen,
            created_at=datetime.now(UTC),
        )
        with self._database.session() as session:
            if session.scalar(select(ApiKeyRow.id).filter_by(name=known_as)) is not None:
                raise InvalidRequestError(f"There is or was a key called {known_as}. Choose another name.")
            session.add(row)
        return _key(row), secret

    def find(self, secret: str) -> ApiKey | None:
        """The key of a secret; None where there is none, or none any more."""
        found = select(ApiKeyRow).filter_by(secret_sha256=_digest(secret), revoked_at=None)
        with self._database.session() as session:
            row = session.scalar(found)
        return None if row is None else _key(row)

    def all(self) -> list[ApiKey]:
        """Every key there is or was, oldest first."""
        with self._database.session() as session:
            return [_key(row) for row in session.scalars(select(ApiKeyRow).order_by(ApiKeyRow.created_at))]

    def revoke(self, name: str) -> None:
        """Let a key count no more, at once; what it made stays until its time is over.

        Raises:
            NotFoundError: there is no such key, or none any more.
        """
        valid = update(ApiKeyRow).where(ApiKeyRow.name == name.strip(), ApiKeyRow.revoked_at.is_(None))
        with self._database.session() as session:
            if session.scalar(valid.values(revoked_at=datetime.now(UTC)).returning(ApiKeyRow.id)) is None:
                raise NotFoundError(f"There is no key called {name.strip()} that could be revoked.")


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(row.id, row.name, tuple(row.scopes), row.created_at, row.revoked_at)
