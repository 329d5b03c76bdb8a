"""Start the web server and the worker together and stop them together."""

from __future__ import annotations

import os
import shlex
import sys
from typing import TYPE_CHECKING, NoReturn

from honcho.manager import Manager

from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    from emotion_clf.settings import Settings


def web_command() -> list[str]:
    """The web server's command line."""
    return [sys.executable, "-m", "gunicorn", "--config", "python:emotion_clf.web.gunicorn_conf"]


def worker_command(settings: Settings) -> list[str]:
    """The worker's command line: one job at a time, and the clock of the regular jobs."""
    return [
        *(sys.executable, "-m", "celery", "--app", "emotion_clf.jobs.app", "--quiet", "worker"),
        *(
            "--pool",
            "solo",
            "--beat",
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


def serve(settings: Settings) -> int:
    """Run both until one ends or a signal comes; the other is stopped gracefully.

    Returns:
        The exit status of the process that ended first.
    """
    manager = Manager()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    for name, command in (("web", web_command()), ("worker", worker_command(settings))):
        manager.add_process(name, "exec " + shlex.join(command), quiet=False, env=environment, cwd=str(PROJECT_DIR))
    manager.loop()
    return int(manager.returncode or 0)
