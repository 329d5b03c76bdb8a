from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event, text

from emotion_clf.errors import StorageError
from emotion_clf.storage import Database

if TYPE_CHECKING:
    from collections.abc import Iterator


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@contextmanager
def umask(mask: int) -> Iterator[None]:
    before = os.umask(mask)
    try:
        yield
    finally:
        os.umask(before)


@pytest.mark.parametrize("there", [False, True], ids=["fresh", "open to all"])
def test_a_database_is_for_its_user_alone_whatever_was_there(tmp_path: Path, there: bool) -> None:
    file = tmp_path / "instance" / "db.sqlite3"
    with umask(0):
        if there:
            file.parent.mkdir(mode=0o777)
            for ending in ("", "-wal", "-shm"):
                file.with_name(file.name + ending).touch(mode=0o666)
        database = Database(f"sqlite:///{file}")
        database.upgrade()
        with database.session() as session:
            session.execute(text("SELECT 1 FROM jobs"))
            assert {mode_of(path) for path in file.parent.iterdir()} == {0o600}
        assert mode_of(file.parent) == 0o700
        database.dispose()


def test_a_folder_that_serves_others_too_stays_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shared, here = tmp_path / "shared", tmp_path / "here"
    shared.mkdir()
    shared.chmod(0o1777)
    here.mkdir(mode=0o755)
    monkeypatch.chdir(here)
    for file in (shared / "a.sqlite3", Path("b.sqlite3")):
        database = Database(f"sqlite:///{file}")
        database.upgrade()
        database.dispose()
        assert mode_of(file) == 0o600
    assert (mode_of(shared), mode_of(here)) == (0o1777, 0o755)


def test_a_folder_that_cannot_be_made_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="DATABASE_URL"):
        Database(f"sqlite:///{tmp_path}/file/db.sqlite3")
    database = Database(f"sqlite:///{tmp_path}/later/db.sqlite3")
    (tmp_path / "later").rmdir()
    (tmp_path / "later").touch()
    with pytest.raises(StorageError, match="newest revision"):
        database.upgrade()


def test_a_database_that_is_new_enough_is_not_touched(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/db.sqlite3")
    database.upgrade()
    said: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: said.append(told[2]))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: database.upgrade(), range(4)))
    assert not [statement for statement in said if not statement.startswith(("SELECT", "PRAGMA"))]
    database.dispose()
