"""The files of an SQLite database: for this user's eyes alone, whatever the umask, and whatever was there before."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sqlalchemy import URL

_OF_THE_FILE: Final = 0o600
_OF_THE_FOLDER: Final = 0o700
_BESIDE: Final = ("", "-wal", "-shm", "-journal")


def database_file(url: URL) -> Path | None:
    """Return the file of a database; None where it has none of its own here."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database.startswith((":", "file:")):
        return None
    return Path(url.database).absolute()


def keep_private(file: Path) -> None:
    """Make a database's folder and file where they are missing, and close both to other users.

    A folder that serves more than the database, the working directory or one that all may write to, stays as it is.
    What belongs to another user cannot be changed, and is left to the operator.

    Raises:
        OSError: the folder or the file cannot be made.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=_OF_THE_FOLDER)
    if not file.exists():
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, _OF_THE_FILE))
    if not (file.parent.stat().st_mode & stat.S_ISVTX or file.parent in {Path.cwd(), Path.home()}):
        _close(file.parent, _OF_THE_FOLDER)
    for ending in _BESIDE:
        with suppress(FileNotFoundError):
            _close(file.with_name(file.name + ending), _OF_THE_FILE)


def _close(path: Path, mode: int) -> None:
    if stat.S_IMODE(path.stat().st_mode) & ~mode:
        with suppress(PermissionError):
            path.chmod(mode)
