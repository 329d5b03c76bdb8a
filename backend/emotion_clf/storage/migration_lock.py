"""One process at a time migrates a database; the others wait, and find it done."""

from __future__ import annotations

import fcntl
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from emotion_clf.storage.database_files import database_file, keep_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Engine

_ADVISORY_KEY: Final = 0x656D6F74696F6E  # "emotion"; PostgreSQL's locks are numbers that programs agree on


@contextmanager
def alone(engine: Engine) -> Iterator[None]:
    """Hold the lock of a database's migrations for a block; it ends with the process that holds it.

    Raises:
        OSError: the file beside an SQLite database cannot be made.
        DBAPIError: the database cannot be reached.
    """
    file = database_file(engine.url)
    if file is not None:
        with _file_lock(file):
            yield
    elif engine.url.get_backend_name() == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _ADVISORY_KEY})
            try:
                yield
            finally:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _ADVISORY_KEY})
    else:
        yield


@contextmanager
def _file_lock(file: Path) -> Iterator[None]:
    keep_private(file)
    lock = os.open(file.with_name(f"{file.name}.migrating"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
