"""docs/privacy.md names everything that is stored, and the commands it tells exist."""

from __future__ import annotations

import re

import click
import pytest

from emotion_clf.cli import main
from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.storage import access_tables, media, tables

GUIDE = (PROJECT_DIR / "docs" / "privacy.md").read_text(encoding="utf-8")
STORED = GUIDE.split("## What is stored")[1].split("\n## ")[0]
CODE = [path.read_text(encoding="utf-8") for path in (PROJECT_DIR / "backend").rglob("*.py")]
HOW_LONG = [name for name in Settings.model_fields if re.search("retention|_recording_h$|^keep_|^consent|^audit", name)]
# What nobody has put there: the database itself, which the text before the table names.
DATABASE = "emotion-clf.sqlite3"


def test_the_table_names_every_table() -> None:
    assert access_tables.Base is tables.Base
    known = {name for name in tables.Base.metadata.tables if f"`{name}`" not in STORED}
    assert not known, known


def test_the_table_names_every_file_and_folder_of_the_instance() -> None:
    found = {name for code in CODE for name in re.findall(r'instance_dir\s*/\s*"([^"]+)"', code)}
    found |= {name for code in CODE for name in re.findall(r"instance_dir\s*/\s*'([^'{]+)'", code)}
    found |= {media.JOBS, media.RECORDINGS, media.COPIES}
    assert {"recordings", "jobs", "queue", "metrics", "audit.log"} <= found
    unknown = {name for name in found - {DATABASE} if f"`{name}`" not in STORED and f"`{name}/`" not in STORED}
    assert not unknown, unknown


@pytest.mark.parametrize("name", HOW_LONG)
def test_the_table_names_every_setting_of_how_long(name: str) -> None:
    assert f"`{name.upper()}`" in STORED


def test_its_commands_exist() -> None:
    told = set(re.findall(r"`emotion-clf (\w+) (\w+)", GUIDE))
    assert {("owner", "list"), ("owner", "export"), ("owner", "delete")} <= told
    for group, command in told:
        found = main.get_command(click.Context(main), group)
        assert isinstance(found, click.Group)
        assert command in found.commands
