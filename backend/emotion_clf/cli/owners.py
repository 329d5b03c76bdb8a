"""`owner`: what there is of somebody, for the operator who is asked by them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from emotion_clf.errors import InvalidRequestError, NotFoundError
from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.belongings import Belongings, Holding


@click.group()
def owner() -> None:
    """What is stored of whom: a visitor's number, key:ID, admin:ID, local or link.

    Visitors find their number on the page /my-data.
    """


@owner.command("list")
def list_owners() -> None:
    """Everybody of whom something is stored, and how much of each kind."""
    with _belongings() as belongings:
        owners = belongings.owners()
        for each in owners:
            click.echo(f"{each}: {_words(belongings.count([each]))}")
    _audit("list owners", None)
    if not owners:
        click.echo("Nothing is stored of anybody.", err=True)


@owner.command()
@click.argument("owner")
@click.option("--out", required=True, type=click.Path(dir_okay=False), help="The ZIP to write; it must not exist.")
def export(owner: str, out: str) -> None:
    """Write everything that is stored of OWNER into a ZIP that you alone can read."""
    with _belongings() as belongings:
        held = _words(_known(belongings, owner))
        _write(belongings.export([owner]), Path(out))
    _audit("export owner", owner)
    click.echo(f"{out}: {held}.", err=True)


@owner.command()
@click.argument("owner")
@click.option("--yes", is_flag=True, help="Do not ask.")
def delete(owner: str, *, yes: bool) -> None:
    """Delete everything that is stored of OWNER, now, even what a worker is at."""
    with _belongings() as belongings:
        held = _words(_known(belongings, owner))
        if not yes:
            click.confirm(f"Delete for good: {held}?", abort=True, err=True)
        belongings.erase([owner])
    _audit("delete owner", owner)
    click.echo(f"Deleted: {held}. Backups are not reached from here.", err=True)


def _known(belongings: Belongings, owner: str) -> tuple[Holding, ...]:
    """What there is of somebody.

    Raises:
        NotFoundError: nothing.
    """
    found = belongings.count([owner])
    if not any(holding.count for holding in found):
        raise NotFoundError("Nothing is stored of this owner. `emotion-clf owner list` names all there are.")
    return found


def _words(found: tuple[Holding, ...]) -> str:
    return ", ".join(f"{holding.kind.replace('_', ' ')} {holding.count}" for holding in found if holding.count)


def _write(pieces: Iterator[bytes], target: Path) -> None:
    """Write a new file in one piece or not at all.

    Raises:
        InvalidRequestError: there is one already, or it cannot be written.
    """
    try:
        file = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidRequestError(f"{target} cannot be written: {error.strerror}. Choose another name.") from error
    try:
        with os.fdopen(file, "wb") as out:
            out.writelines(pieces)
    except BaseException as error:
        target.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise InvalidRequestError(f"{target} cannot be written: {error.strerror}. Make room, and again.") from error
        raise


def _audit(act: str, what: str | None) -> None:
    from emotion_clf.logs.audit import Audit

    Audit(get_settings().audit_path).note(act, who=f"uid {os.getuid()}", what=what)


@contextmanager
def _belongings() -> Iterator[Belongings]:
    from emotion_clf.belongings import Belongings
    from emotion_clf.storage import Database

    database = Database(get_settings().database)
    try:
        database.upgrade()
        yield Belongings(get_settings(), database)
    finally:
        database.dispose()
