"""`admin`: who may sign in."""

from __future__ import annotations

import os
import sys

import click

from emotion_clf.errors import InvalidRequestError
from emotion_clf.settings import get_settings


@click.group()
def admin() -> None:
    """Those who may sign in at /admin."""


@admin.command()
@click.argument("name")
@click.option("--password-stdin", "from_stdin", is_flag=True, help="Read the password from standard input.")
def create(name: str, *, from_stdin: bool) -> None:
    """Let NAME sign in, with a password of at least 12 characters.

    The password is asked for twice. It is never an option: other users of this machine could see it there.
    """
    from emotion_clf.logs.audit import Audit
    from emotion_clf.storage import Database
    from emotion_clf.storage.admins import AdminStore

    password = _piped() if from_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    database = Database(get_settings().database)
    try:
        database.upgrade()
        name = AdminStore(database).create(name, password).name
    finally:
        database.dispose()
    Audit(get_settings().audit_path).note("create admin", who=f"uid {os.getuid()}", what=name)
    click.echo(f"{name} can sign in at /admin.")


def _piped() -> str:
    """The first line of standard input.

    Raises:
        InvalidRequestError: it is no text.
    """
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidRequestError("The password on standard input is not a text in UTF-8.") from None
