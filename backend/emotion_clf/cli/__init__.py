"""The command line door: one file for each group of commands."""

from __future__ import annotations

import click

from emotion_clf import __version__
from emotion_clf.cli.admin import admin
from emotion_clf.cli.calls import call
from emotion_clf.cli.config import config
from emotion_clf.cli.drift import drift
from emotion_clf.cli.group import PluggedGroup
from emotion_clf.cli.keys import key
from emotion_clf.cli.operate import db, doctor, metrics, serve, worker
from emotion_clf.cli.owners import owner
from emotion_clf.cli.predict import predict
from emotion_clf.cli.recordings import fetch, transcribe
from emotion_clf.cli.terminal import replace_what_cannot_be_shown

__all__ = ["main"]


@click.group(cls=PluggedGroup)
@click.version_option(__version__, prog_name="emotion-clf")
def main() -> None:
    """Hear or read people: which emotion, how sure, and why."""
    replace_what_cannot_be_shown()


for _command in (
    predict,
    call,
    fetch,
    transcribe,
    doctor,
    config,
    db,
    admin,
    key,
    owner,
    drift,
    serve,
    worker,
    metrics,
):
    main.add_command(_command)
