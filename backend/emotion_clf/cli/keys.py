"""`key`: which programs may ask the API."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.storage import ApiKeyStore


@click.group()
def key() -> None:
    """Keys for programs that use the API."""


@key.command()
@click.argument("name")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    type=click.Choice(["read", "write", "admin"]),
    default=("read", "write"),
    show_default=True,
    help="What the key is good for; may be given more than once. Only admin may have addresses fetched.",
)
def create(name: str, scopes: tuple[str, ...]) -> None:
    """Make a key called NAME. It is shown once, on standard output, and cannot be shown again."""
    with _keys() as keys:
        made, secret = keys.create(name, scopes)
    _audit("create key", f"{made.name} ({', '.join(made.scopes)})")
    click.echo(f"The key {made.name} is good for: {', '.join(made.scopes)}. Keep it; it is not shown again.", err=True)
    click.echo(secret)


@key.command("list")
def list_keys() -> None:
    """Every key there is or was; their secrets are not stored."""
    with _keys() as keys:
        found = keys.all()
    for each in found:
        until = "" if each.revoked_at is None else f", revoked {each.revoked_at:%Y-%m-%d %H:%M} UTC"
        click.echo(f"{each.name}: {', '.join(each.scopes)}; since {each.created_at:%Y-%m-%d %H:%M} UTC{until}")
    if not found:
        click.echo("There is no key.", err=True)


@key.command()
@click.argument("name")
def revoke(name: str) -> None:
    """Let the key NAME count no more, at once."""
    with _keys() as keys:
        keys.revoke(name)
    _audit("revoke key", name)
    click.echo(f"The key {name} counts no more.", err=True)


def _audit(act: str, what: str) -> None:
    from emotion_clf.logs.audit import Audit

    Audit(get_settings().audit_path).note(act, who=f"uid {os.getuid()}", what=what)


@contextmanager
def _keys() -> Iterator[ApiKeyStore]:
    from emotion_clf.storage import ApiKeyStore, Database

    database = Database(get_settings().database)
    try:
        database.upgrade()
        yield ApiKeyStore(database)
    finally:
        database.dispose()
