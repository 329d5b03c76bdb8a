"""The group `owner` of the command line."""

from __future__ import annotations

import json
import zipfile
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from emotion_clf.cli import main
from emotion_clf.settings import get_settings
from tests.support import belongings as made
from tests.support.admins import NAME, signed_in_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

    from emotion_clf.settings import Settings

ME = "a" * 32


@pytest.fixture(autouse=True)
def _fresh_settings(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line over the same instance as the application."""
    monkeypatch.setenv("INSTANCE_DIR", str(settings.instance_dir))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


def run(*arguments: str, said: str | None = None) -> Result:
    return CliRunner().invoke(main, ["owner", *arguments], input=said)


def acts(settings: Settings) -> list[tuple[str, str | None]]:
    lines = settings.audit_path.read_text(encoding="utf-8").splitlines()
    return [(told["action"], told["what"]) for told in map(json.loads, lines)]


def test_an_operator_lists_exports_and_deletes(app: Flask, settings: Settings, tmp_path: Path) -> None:
    clip_id, *_ = made.everything(app, ME)
    made.clip(app, "key:other")
    listed = run("list").stdout.splitlines()
    assert listed[0].startswith(f"{ME}: clips 1, recordings 1, voices 1, calls 1")
    assert listed[1] == "key:other: clips 1, recordings 1, voices 1"

    out = tmp_path / "data.zip"
    assert run("export", ME, "--out", str(out)).exit_code == 0
    assert out.stat().st_mode & 0o777 == 0o600
    with zipfile.ZipFile(out) as zipped:
        assert f"clips/{clip_id}.json" in zipped.namelist()

    assert run("delete", ME, said="n\n").exit_code != 0
    assert ME in run("list").stdout
    assert run("delete", ME, said="y\n").exit_code == 0
    assert run("delete", "key:other", "--yes").exit_code == 0
    assert "Nothing is stored of anybody" in run("list").stderr
    noted = [("list owners", None), ("export owner", ME), ("list owners", None), ("delete owner", ME)]
    assert acts(settings) == [*noted, ("delete owner", "key:other"), ("list owners", None)]


def test_an_export_never_replaces_a_file_and_leaves_none_half_written(app: Flask, tmp_path: Path) -> None:
    made.clip(app, ME)
    out = tmp_path / "there.zip"
    out.write_text("mine", encoding="utf-8")
    refused = run("export", ME, "--out", str(out))
    assert refused.exit_code == 1
    assert "cannot be written" in refused.stderr
    assert out.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", [("export", "nobody", "--out", "x.zip"), ("delete", "nobody", "--yes")])
def test_somebody_of_whom_there_is_nothing_is_said_so(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    refused = run(*command)
    assert refused.exit_code == 1
    assert "owner list" in refused.stderr
    assert not (tmp_path / "x.zip").exists()
    assert not settings.audit_path.exists()


def test_an_administrator_who_is_deleted_signs_in_no_more_and_keeps_nothing_but_their_jobs(
    app: Flask, settings: Settings
) -> None:
    client = signed_in_client(app)
    services = app.extensions["emotion_clf"]
    owner = services.admins.find(NAME).owner
    made.source(app, owner)
    assert client.get("/admin").status_code == 200
    gone = CliRunner().invoke(main, ["admin", "delete", NAME.upper()])
    assert gone.exit_code == 0
    assert owner in gone.stdout
    assert client.get("/admin").status_code == 303
    assert services.belongings.owners() == [owner]
    again = CliRunner().invoke(main, ["admin", "delete", NAME])
    assert again.exit_code == 1
    assert "no admin of that name" in again.stderr
    assert acts(settings) == [("delete admin", NAME)]
