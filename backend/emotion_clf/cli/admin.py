"""`admin`: who may sign in."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from emotion_clf.errors import InvalidRequestError
from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.storage import AdminStore


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
    password = _piped() if from_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with _admins() as admins:
        name = admins.create(name, password).name
    _audit("create admin", name)
    click.echo(f"{name} can sign in at /admin.")


@admin.command()
@click.argument("name")
def delete(name: str) -> None:
    """Let NAME sign in no more, at once. Their jobs stay until `emotion-clf owner delete`."""
    with _admins() as admins:
        gone = admins.delete(name)
    _audit("delete admin", gone.name)
    click.echo(f"{gone.name} can sign in no more. What they made belongs to {gone.owner}.")


def _audit(act: str, name: str) -> None:
    from emotion_clf.logs.audit import Audit

    Audit(get_settings().audit_path).note(act, who=f"uid {os.getuid()}", what=name)


@contextmanager
def _admins() -> Iterator[AdminStore]:
    from emotion_clf.storage import AdminStore, Database

    database = Database(get_settings().database)
    try:
        database.upgrade()
        yield AdminStore(database)
    finally:
        database.dispose()


def _piped() -> str:
    """The first line of standard input.

    Raises:
        InvalidRequestError: it is no text.
    """
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise InvalidRequestError("The password on standard input is not a text in UTF-8.") from None
