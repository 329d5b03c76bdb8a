"""The group `key` of the command line."""

from __future__ import annotations

import hashlib

from click.testing import CliRunner, Result
from sqlalchemy import select

from emotion_clf.cli import main
from emotion_clf.settings import Settings, get_settings
from emotion_clf.storage import Database
from emotion_clf.storage.access_tables import ApiKeyRow


def run(*arguments: str) -> Result:
    get_settings.cache_clear()
    try:
        return CliRunner().invoke(main, ["key", *arguments])
    finally:
        get_settings.cache_clear()


def rows() -> list[ApiKeyRow]:
    get_settings.cache_clear()
    database = Database(get_settings().database)
    try:
        with database.session() as session:
            return list(session.scalars(select(ApiKeyRow)))
    finally:
        database.dispose()
        get_settings.cache_clear()


def test_a_key_is_shown_once_and_stored_as_its_digest() -> None:
    made = run("create", "nightly", "--scope", "read")
    assert made.exit_code == 0
    secret = made.stdout.strip()
    assert secret.startswith("eclf_")
    assert len(secret) > 40
    (row,) = rows()
    assert row.secret_sha256 == hashlib.sha256(secret.encode()).hexdigest()
    listed = run("list").stdout
    assert "nightly: read" in listed
    audited = Settings().audit_path.read_text(encoding="utf-8")
    assert "create key" in audited
    assert secret not in audited
    assert secret not in listed


def test_a_key_may_read_and_write_where_nothing_else_is_said() -> None:
    run("create", "plain")
    assert rows()[0].scopes == ["read", "write"]


def test_a_revoked_key_is_listed_as_such_and_its_name_is_not_given_again() -> None:
    run("create", "old")
    assert run("revoke", "old").exit_code == 0
    assert ", revoked " in run("list").stdout
    assert run("revoke", "old").exit_code != 0
    assert run("revoke", "nobody").exit_code != 0
    again = run("create", "old")
    assert again.exit_code != 0
    assert "Choose another name" in again.stderr


def test_no_key_without_a_name_or_with_a_scope_nobody_knows() -> None:
    assert run("create", " ").exit_code != 0
    assert run("create", "x" * 65).exit_code != 0
    assert run("create", "x", "--scope", "everything").exit_code != 0
    assert "There is no key" in run("list").stderr
