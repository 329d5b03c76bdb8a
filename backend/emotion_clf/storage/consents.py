"""The texts that people agreed to: kept for good, so that one can show what it was."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from emotion_clf.errors import StorageError
from emotion_clf.storage.tables import ConsentTextRow

if TYPE_CHECKING:
    from emotion_clf.storage.database import Database

_CHARACTERS: Final = 12


@dataclass(frozen=True, slots=True)
class ConsentText:
    """A text that somebody agreed to.

    Attributes:
        version: the first twelve characters of its SHA-256.
        text: as it was shown.
        since: when somebody agreed to it first, in UTC.
    """

    version: str
    text: str
    since: datetime

    def as_dict(self) -> dict[str, Any]:
        """The text for programs."""
        return {"version": self.version, "text": self.text, "since": self.since.isoformat(timespec="seconds")}


def version_of(text: str) -> str:
    """The fingerprint of a text, by which results name it."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_CHARACTERS]


class Consents:
    """Keeps each text once, however often somebody agrees to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def remember(self, text: str) -> None:
        """Keep a text that somebody agrees to now.

        Raises:
            StorageError: the database does not take it.
        """
        version = version_of(text)
        if self.get(version) is not None:
            return
        try:
            with self._database.session() as session:
                session.add(ConsentTextRow(version=version, text=text, since=datetime.now(UTC)))
        except StorageError as error:
            # Of two that come at once the primary key lets one through.
            if not isinstance(error.__cause__, IntegrityError):
                raise

    def text(self, version: str | None) -> str | None:
        """The words of a version, None where nothing was agreed to."""
        found = None if version is None else self.get(version)
        return None if found is None else found.text

    def get(self, version: str) -> ConsentText | None:
        """The text of a version, None where nobody agreed to one."""
        with self._database.session() as session:
            row = session.scalar(select(ConsentTextRow).filter_by(version=version))
        return None if row is None else ConsentText(row.version, row.text, row.since)
