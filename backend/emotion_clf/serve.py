"""Start the web server, the worker and the metrics together and stop them together."""

from __future__ import annotations

import logging
import os
import shlex
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import honcho.manager
from honcho.printer import Message, Printer

from emotion_clf.logs import chosen_format, configure
from emotion_clf.places import working_dir

if TYPE_CHECKING:
    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

_MORE_S: Final = 5.0


def web_command() -> list[str]:
    """The web server's command line."""
    return [sys.executable, "-m", "gunicorn", "--config", "python:emotion_clf.web.gunicorn_conf"]


def worker_command(settings: Settings) -> list[str]:
    """The worker's command line: one job at a time; it starts the clock of the regular jobs itself."""
    return [
        *(sys.executable, "-m", "celery", "--app", "emotion_clf.jobs.app", "--quiet", "worker"),
        *(
            "--pool",
            "solo",
            "--loglevel",
            settings.log_level,
            "--without-gossip",
            "--without-mingle",
        ),
    ]


def become_worker(settings: Settings) -> NoReturn:
    """Replace this process by the worker."""
    command = worker_command(settings)
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


def metrics_command() -> list[str]:
    """The command line of the process that tells the metrics."""
    return [sys.executable, "-m", "emotion_clf.exposition"]


def serve(settings: Settings) -> int:
    """Run them all until one ends or a signal comes; the others are stopped gracefully.

    Returns:
        The exit status of the process that ended first.
    """
    configure(settings, "serve")
    line_format = chosen_format(settings)
    manager = honcho.manager.Manager(_AsTheyAre() if line_format == "json" else Printer(sys.stderr))
    # What is left over after that is killed, so it has to be longer than requests may take.
    honcho.manager.KILL_WAIT = settings.stop_grace_s + _MORE_S
    # The others do not see the terminal, so they are told.
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "LOG_FORMAT": line_format}
    commands = {"web": web_command(), "worker": worker_command(settings)}
    if settings.metrics_port:
        commands["metrics"] = metrics_command()
    for name, command in commands.items():
        manager.add_process(name, "exec " + shlex.join(command), quiet=False, env=environment, cwd=str(working_dir()))
    manager.loop()
    return int(manager.returncode or 0)


class _AsTheyAre(Printer):  # type: ignore[misc]
    """Hands on the lines of all processes unchanged, so that each stays one JSON document."""

    def __init__(self) -> None:
        super().__init__(sys.stderr, prefix=False)

    def write(self, message: Message) -> None:
        """One or more lines of a process, or a word of the manager about one."""
        if message.name == honcho.manager.SYSTEM_PRINTER_NAME:
            log.info("%s", message.data.strip())
        else:
            super().write(message)
