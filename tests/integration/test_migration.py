"""Several processes find a database that was never migrated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emotion_clf.storage import Database
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

EMOTION_CLF = Path(sys.executable).with_name("emotion-clf")
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    yield from running_postgres()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_one_of_them_migrates_it_and_the_others_wait(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    environment = {**os.environ, "INSTANCE_DIR": str(tmp_path / "instance")}
    if kind == "postgresql":
        environment["DATABASE_URL"] = request.getfixturevalue("postgres_url")
    else:
        environment["DATABASE_URL"] = f"sqlite:///{tmp_path}/instance/db.sqlite3"
    commands = [["admin", "create", name, "--password-stdin"] for name in ("ada", "bob")] + [["db", "upgrade"]] * 2
    started = [
        subprocess.Popen(
            [EMOTION_CLF, *command],
            env=environment,
            cwd=tmp_path,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for command in commands
    ]
    told = [process.communicate(f"{PASSWORD}\n", timeout=120)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 4, told
    database = Database(environment["DATABASE_URL"])
    current, newest = database.revisions()
    database.dispose()
    assert current == newest
