"""Links by which somebody without an account sees one call, until their time is over."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select

from emotion_clf.errors import NotFoundError
from emotion_clf.storage.job_queries import rows_changed
from emotion_clf.storage.tables import ShareRow

if TYPE_CHECKING:
    from datetime import timedelta

    from emotion_clf.storage.database import Database

_TOKEN_BYTES: Final = 32
_GONE: Final = "There is nothing at this link. It has expired, was taken back, or was never made."


@dataclass(frozen=True, slots=True)
class Share:
    """One link to a call; its token is known only to those who were given it.

    Attributes:
        id: 128 random bits in hexadecimal.
        job_id: the call's job.
        created_at: in UTC.
        expires_at: when it stops to work.
        with_sound: whether the call can be heard by it.
    """

    id: str
    job_id: str
    created_at: datetime
    expires_at: datetime
    with_sound: bool


class ShareStore:
    """Keeps links; of their tokens only a digest, so that nobody who reads the database can follow one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def create(self, job_id: str, lasts: timedelta, *, with_sound: bool) -> tuple[Share, str]:
        """A new link to a call.

        Args:
            job_id: the call's job, which has to be there.
            lasts: how long it works.
            with_sound: whether the call can be heard by it.

        Returns:
            The link, and its token: 256 random bits that are told this once.
        """
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        now = datetime.now(UTC)
        row = ShareRow(
            id=secrets.token_hex(16),
            job_id=job_id,
            token_sha256=_digest(token),
            created_at=now,
            expires_at=now + lasts,
            with_sound=with_sound,
        )
        with self._database.session() as session:
            session.add(row)
            session.flush()
            return _share(row), token

    def of_call(self, job_id: str, now: datetime | None = None) -> list[Share]:
        """The links to a call that still work, newest first."""
        alive = ShareRow.expires_at > (now or datetime.now(UTC))
        with self._database.session() as session:
            ordered = select(ShareRow).filter_by(job_id=job_id).where(alive).order_by(ShareRow.created_at.desc())
            return [_share(row) for row in session.scalars(ordered)]

    def find(self, token: str, now: datetime | None = None) -> Share:
        """The link of a token.

        Raises:
            NotFoundError: there is none, or none any more; the answer does not tell which.
        """
        alive = ShareRow.expires_at > (now or datetime.now(UTC))
        with self._database.session() as session:
            row = session.scalar(select(ShareRow).filter_by(token_sha256=_digest(token)).where(alive))
        if row is None:
            raise NotFoundError(_GONE)
        return _share(row)

    def revoke(self, job_id: str, share_id: str) -> None:
        """Let a link of a call stop to work now.

        Raises:
            NotFoundError: the call has no such link.
        """
        with self._database.session() as session:
            if not rows_changed(session, delete(ShareRow).filter_by(id=share_id, job_id=job_id)):
                raise NotFoundError("This call has no such link. It has expired, or was taken back before.")

    def purge_expired(self, now: datetime | None = None) -> int:
        """Forget the links whose time is over; how many there were."""
        with self._database.session() as session:
            return rows_changed(session, delete(ShareRow).where(ShareRow.expires_at <= (now or datetime.now(UTC))))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _share(row: ShareRow) -> Share:
    return Share(row.id, row.job_id, row.created_at, row.expires_at, row.with_sound)
