"""The lines: JSON for machines, or key=value for people at a terminal; always on standard error."""

from __future__ import annotations

import logging
import sys
from typing import TYPE_CHECKING, Any, Final, Literal, TextIO

import structlog

from emotion_clf.logs.faults import as_lines, faults

if TYPE_CHECKING:
    from structlog.typing import EventDict, Processor, WrappedLogger

    from emotion_clf.settings import Settings

LineFormat = Literal["json", "text"]

# Everybody else is heard from WARNING on. SQLAlchemy tells the values of its statements at INFO.
_HEARD: Final = ("emotion_clf", "gunicorn", "celery")
# Only these of a record's own fields get into a line, so that no library slips in what it works on.
FIELDS: Final = ("method", "route", "status", "duration_ms", "code")
_FIRST: Final = ("at", "level", "event", "process", "logger", "request_id", "job_id")


class _Lines(logging.StreamHandler[TextIO]):
    """Writes to whatever standard error is at the moment."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    @stream.setter
    def stream(self, _stream: TextIO) -> None:
        raise AttributeError("lines go to standard error")


def configure(settings: Settings, process: str) -> None:
    """Send the log lines of this process to standard error; a second call begins anew.

    Args:
        settings: the level and the format.
        process: what this process is, as its lines tell.
    """
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if isinstance(handler, _Lines)]:
        root.removeHandler(old)
    handler = _Lines()
    handler.setFormatter(_formatter(settings, process))
    root.addHandler(handler)
    for name in _HEARD:
        logger = logging.getLogger(name)
        logger.setLevel(settings.log_level)
        logger.propagate = True
    logging.captureWarnings(capture=True)


def chosen_format(settings: Settings) -> LineFormat:
    """How lines are written in this process."""
    if settings.log_format != "auto":
        return settings.log_format
    return "text" if sys.stderr.isatty() else "json"


def _formatter(settings: Settings, process: str) -> logging.Formatter:
    text = chosen_format(settings) == "text"
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(allow=FIELDS),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        _named(process),
        _without_words(quoting=settings.log_level == "DEBUG", text=text),
        _in_order,
    ]
    last: Processor = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), timestamp_key="at", sort_keys=False)
        if text
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=before,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
    )


def _named(process: str) -> Processor:
    def add(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        line["process"] = process
        return line

    return add


def _without_words(*, quoting: bool, text: bool) -> Processor:
    """Tell an exception by its kind and places."""

    def shape(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
        given = line.pop("exc_info", None)
        error = _error_of(given)
        if error is not None:
            found = faults(error, quoting=quoting)
            line["exception"] = as_lines(found) if text else found
        return line

    return shape


def _error_of(given: Any) -> BaseException | None:
    if isinstance(given, tuple):
        given = given[1]
    return given if isinstance(given, BaseException) else None


def _in_order(_logger: WrappedLogger, _method: str, line: EventDict) -> EventDict:
    line["event"] = str(line["event"]).strip()
    known = {name: line[name] for name in _FIRST if name in line}
    return {**known, **line}
