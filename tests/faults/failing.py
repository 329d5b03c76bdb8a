"""Make the nth call of something outside fail, as the system, a library or a server would fail it."""

from __future__ import annotations

import errno
import io
import os
import sqlite3
import subprocess
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from sqlalchemy import event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass
class Nth:
    """Counts calls, and fails one of them.

    Attributes:
        fails: the call that fails, from 1; 0: none.
        calls: how many there were.
    """

    fails: int
    calls: int = 0
    made: list[str] = field(default_factory=list)

    def count(self, name: str, error: Callable[[], BaseException]) -> None:
        """Count a call, and fail it if it is its turn."""
        self.calls += 1
        if self.calls == self.fails:
            self.made.append(name)
            raise error()

    @property
    def failed(self) -> bool:
        """Whether the call that had to fail came at all."""
        return 0 < self.fails <= self.calls


@contextmanager
def file_system(nth: Nth, folders: tuple[Path, ...], number: int) -> Iterator[None]:
    """Files below these folders, and files without a name: opening, making, renaming, forcing to disk."""

    def is_ours(path: object) -> bool:
        return isinstance(path, (str, os.PathLike)) and str(path).startswith(tuple(map(str, folders)))

    def wrapped(name: str, real: Callable[..., Any], always: bool = False) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if always or (args and is_ours(args[0])):
                nth.count(name, lambda: OSError(number, os.strerror(number)))
            return real(*args, **kwargs)

        return call

    import tempfile

    with ExitStack() as stack:
        for module, name in ((os, "open"), (os, "mkdir"), (os, "replace"), (io, "open")):
            stack.enter_context(mock.patch.object(module, name, wrapped(name, getattr(module, name))))
        always = wrapped("fsync", os.fsync, always=True)
        stack.enter_context(mock.patch.object(os, "fsync", always))
        unnamed = wrapped("TemporaryFile", tempfile.TemporaryFile, always=True)
        stack.enter_context(mock.patch.object(tempfile, "TemporaryFile", unnamed))
        yield


@contextmanager
def decoder(nth: Nth) -> Iterator[None]:
    """Starting any process: the machine has no room for another one."""
    real = subprocess.Popen.__init__

    def start(self: Any, *args: Any, **kwargs: Any) -> None:
        nth.count("start", lambda: OSError(errno.EAGAIN, os.strerror(errno.EAGAIN)))
        real(self, *args, **kwargs)

    with mock.patch.object(subprocess.Popen, "__init__", start):
        yield


@contextmanager
def killed_decoder(nth: Nth) -> Iterator[None]:
    """A decoder that is killed by the system as soon as it runs, as where memory runs out."""
    real = subprocess.Popen.__init__

    def start(self: Any, *args: Any, **kwargs: Any) -> None:
        real(self, *args, **kwargs)
        try:
            nth.count("run", lambda: OSError)
        except OSError:
            self.kill()

    with mock.patch.object(subprocess.Popen, "__init__", start):
        yield


@contextmanager
def model(nth: Nth) -> Iterator[None]:
    """Running a graph: the runtime finds no memory for it."""
    import onnxruntime
    from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

    real = onnxruntime.InferenceSession.run

    def run(self: Any, *args: Any, **kwargs: Any) -> Any:
        nth.count("run", lambda: RuntimeException("Failed to allocate memory"))
        return real(self, *args, **kwargs)

    with mock.patch.object(onnxruntime.InferenceSession, "run", run):
        yield


@contextmanager
def database(nth: Nth, engine: Any) -> Iterator[None]:
    """Any statement: the disk under the database fails."""

    def fail(*_: Any) -> None:
        nth.count("statement", lambda: sqlite3.OperationalError("disk I/O error"))

    def execute(_cursor: Any, _statement: Any, _parameters: Any, _context: Any) -> None:
        fail()

    event.listen(engine, "do_execute", execute)
    try:
        yield
    finally:
        event.remove(engine, "do_execute", execute)


@contextmanager
def broker(nth: Nth) -> Iterator[None]:
    """Handing a message to the default broker."""
    from emotion_clf.jobs import folders

    real = folders.Channel._put

    def put(self: Any, *args: Any, **kwargs: Any) -> Any:
        nth.count("put", lambda: OSError(errno.EIO, os.strerror(errno.EIO)))
        return real(self, *args, **kwargs)

    with mock.patch.object(folders.Channel, "_put", put):
        yield


NUMBERS: Final = {"broken disk": errno.EIO, "full disk": errno.ENOSPC, "no descriptors": errno.EMFILE}
