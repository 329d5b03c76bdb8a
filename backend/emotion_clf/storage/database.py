"""Connections: one engine per process, one short session per unit of work."""

from __future__ import annotations

import logging
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, NoSuchModuleError
from sqlalchemy.orm import Session

from emotion_clf.errors import DiskFullError, StorageError, UnstorableError
from emotion_clf.storage.database_files import database_file, keep_private
from emotion_clf.storage.migration_lock import alone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import URL

log = logging.getLogger(__name__)

_MIGRATIONS: Final = Path(__file__).with_name("migrations")
_BUSY_TIMEOUT_MS: Final = 10_000
_TRY_AGAIN_AFTER_S: Final = 10
_SQLITE_FULL: Final = "database or disk is full"
_POSTGRES_FULL: Final = "53100"


class Database:
    """The database behind one SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        """Prepare the engine; nothing connects yet.

        Raises:
            StorageError: the URL is not one SQLAlchemy understands, or its driver is not installed.
        """
        try:
            self._url = _with_driver(make_url(url))
            self.engine: Engine = create_engine(self._url, pool_pre_ping=True, hide_parameters=True)
            if (file := database_file(self._url)) is not None:
                file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        except (ArgumentError, NoSuchModuleError, ModuleNotFoundError, OSError) as error:
            raise StorageError(
                "DATABASE_URL cannot be used. Write it like sqlite:////folder/file.sqlite3 or "
                "postgresql://user:password@host/name, and install the extra 'postgres' for the latter."
            ) from error
        if self._url.get_backend_name() == "sqlite":
            event.listen(self.engine, "do_connect", self._close_files)
            event.listen(self.engine, "connect", _tune_sqlite)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A session that commits when the block ends well and rolls back when it does not.

        Raises:
            DiskFullError: there is no room for what was to be stored.
            UnstorableError: a value is none that a column can hold, or be compared with.
            StorageError: the database cannot be reached, is locked for too long, or was not migrated.
        """
        try:
            with Session(self.engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (DataError, OverflowError) as error:
            log.exception("a value that no column holds")
            raise UnstorableError from error
        except DBAPIError as error:
            log.exception("database error")
            if _is_full(error):
                raise DiskFullError from error
            raise StorageError(
                "The database cannot be used right now. Try again; if it stays so, the operator should run "
                "`emotion-clf doctor`.",
                retry_after_s=_TRY_AGAIN_AFTER_S,
            ) from error

    def upgrade(self) -> None:
        """Bring the tables to the newest revision; of several processes at once one does, and the others wait.

        Raises:
            StorageError: the database cannot be reached, or its folder not be written.
        """
        try:
            with alone(self.engine):
                current, newest = self.revisions()
                if current != newest:
                    command.upgrade(self._alembic(), "head")
        except (OSError, DBAPIError) as error:
            log.exception("the database was not migrated")
            raise StorageError(
                "The database cannot be brought to the newest revision. Check DATABASE_URL, the folder or the server "
                "behind it, and that this user may write there."
            ) from error

    def revisions(self) -> tuple[str | None, str | None]:
        """The revision the database is at, and the newest there is.

        Raises:
            StorageError: the database cannot be reached.
        """
        newest = ScriptDirectory.from_config(self._alembic()).get_current_head()
        try:
            with self.engine.connect() as connection:
                return MigrationContext.configure(connection).get_current_revision(), newest
        except DBAPIError as error:
            raise StorageError("The database cannot be reached. Check DATABASE_URL.") from error

    def dispose(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _close_files(self, *_: object) -> None:
        """Keep other users out of the database's files, before one is opened; SQLite tells of what is in its way."""
        file = database_file(self._url)
        if file is not None:
            with suppress(OSError):
                keep_private(file)

    def _alembic(self) -> Config:
        config = Config()
        config.set_main_option("script_location", str(_MIGRATIONS))
        config.attributes["engine"] = self.engine
        return config


def _is_full(error: DBAPIError) -> bool:
    """Whether the disk under the database is full, in the words of SQLite or by PostgreSQL's number."""
    found = error.orig
    return str(found) == _SQLITE_FULL or getattr(found, "sqlstate", None) == _POSTGRES_FULL


def _with_driver(url: URL) -> URL:
    """Plain `postgresql://` (and the old `postgres://`) means psycopg 3."""
    if url.drivername in {"postgres", "postgresql"}:
        return url.set(drivername="postgresql+psycopg")
    return url


def _tune_sqlite(connection: Any, _record: Any) -> None:
    """Readers do not wait for a writer, writers wait for each other."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    cursor.close()
