"""The commands of the guides, run as they stand there."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from emotion_clf.cli import main
from emotion_clf.settings import PROJECT_DIR, get_settings
from emotion_clf.storage import Database
from tests.support.guides import PROGRAM, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = PROJECT_DIR / "docs"
RUN = [
    *(("users.md", line) for line in lines(DOCS / "users.md") if line.startswith(PROGRAM)),
    *(("integrators.md", line) for line in lines(DOCS / "integrators.md") if line.startswith(PROGRAM)),
]
OPERATED = [line for line in lines(DOCS / "operators.md") if line.startswith(PROGRAM)]


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """The product as it ships, in the folder of the repository."""
    monkeypatch.chdir(PROJECT_DIR)
    get_settings.cache_clear()
    yield CliRunner()
    get_settings.cache_clear()


def words_of(line: str) -> list[str]:
    """The words behind the program's name, names of files filled in as a shell does."""
    return [
        each
        for word in shlex.split(line)[1:]
        for each in (sorted(map(str, Path().glob(word))) if "*" in word else [word])
    ]


@pytest.mark.parametrize(("page", "line"), RUN, ids=str)
def test_what_a_user_types_is_answered(page: str, line: str, runner: CliRunner) -> None:
    done = runner.invoke(main, words_of(line))
    assert done.exit_code == 0, (page, done.output)
    assert done.stdout


def test_what_an_operator_types_works_in_this_order(runner: CliRunner) -> None:
    database = Database(get_settings().database)
    database.upgrade()
    database.dispose()
    assert len(OPERATED) >= 7
    for line in OPERATED:
        done = runner.invoke(main, words_of(line), input="a horse, a battery & a staple\n")
        # The doctor may find no worker here.
        assert done.exit_code == 0 or line.endswith("doctor"), (line, done.output)
        assert done.output


def test_what_is_listed_for_model_builders_is_answered(runner: CliRunner) -> None:
    (line,) = (line for line in lines(DOCS / "model-builders.md") if line.endswith("corpus list"))
    done = runner.invoke(main, words_of(line))
    assert done.exit_code == 0
    assert "ravdess" in done.stdout
