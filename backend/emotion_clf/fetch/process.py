"""Run the fetching process, listen to it, and leave nothing of it behind."""

from __future__ import annotations

import json
import logging
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, cast

from emotion_clf.errors import FetchError, MediaTooLargeError
from emotion_clf.fetch.media import FetchProgress
from emotion_clf.fetch.problems import problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from emotion_clf.fetch.child import Job
    from emotion_clf.fetch.watch import Watch

log = logging.getLogger(__name__)

_PACKAGES: Final = Path(__file__).resolve().parents[2]
_CONFINE: Final = _PACKAGES / "emotion_clf" / "audio" / "confine.py"
_CHILD: Final = "emotion_clf.fetch.child"
_CHUNK_BYTES: Final = 1 << 16
_LINE_BYTES: Final = 1 << 20
_MESSAGES_BYTES: Final = 2000
# Above the limit of the hooks, which tell better; the kernel's limit is for what they miss.
_MARGIN_BYTES: Final = 16 * 1024**2


def run_job(job: Job, watch: Watch, progress: Callable[[FetchProgress], None] | None) -> dict[str, Any]:
    """Fetch in a process of its own.

    Args:
        job: what to fetch.
        watch: how long it may take.
        progress: told now and then how much has come.

    Returns:
        The facts the process learnt, as it tells them.

    Raises:
        FetchError: the kind of failure it told, or that it did not end well.
    """
    with tempfile.TemporaryFile() as order, tempfile.TemporaryFile() as messages:
        order.write(json.dumps(asdict(job)).encode())
        order.seek(0)
        child = _start(job, watch, order, messages)
        try:
            for line in _lines(child, watch):
                if line.get("event") != "progress":
                    return _outcome(line, watch)
                if progress is not None:
                    progress(_progress(line))
        finally:
            _reap(child)
        raise _silent_end(child.returncode, messages, watch)


def _start(job: Job, watch: Watch, order: IO[bytes], messages: IO[bytes]) -> subprocess.Popen[bytes]:
    """Start the process under the limits of time, memory and file size, with nothing of our environment."""
    bounds = {
        "cpu_s": math.ceil(watch.left_s) + 1,
        "memory_bytes": watch.settings.fetch_memory_bytes,
        "output_bytes": job.max_bytes + _MARGIN_BYTES,
        "network": True,
    }
    launcher = [sys.executable, "-I", "-S", str(_CONFINE), json.dumps(bounds)]
    return subprocess.Popen(
        [*launcher, sys.executable, "-P", "-s", "-m", _CHILD],
        stdin=order,
        stdout=subprocess.PIPE,
        stderr=messages,
        start_new_session=True,
        umask=0o077,
        cwd=job.folder,
        env={
            "PATH": os.defpath,
            "LC_ALL": "C.UTF-8",
            "HOME": job.folder,
            "TMPDIR": job.folder,
            "PYTHONPATH": str(_PACKAGES),
            "YTDLP_NO_PLUGINS": "1",
        },
    )


def _lines(child: subprocess.Popen[bytes], watch: Watch) -> Iterator[dict[str, Any]]:
    """The objects the process writes, one a line, until it ends or time is over."""
    output = cast("IO[bytes]", child.stdout)
    pending = b""
    with selectors.DefaultSelector() as ready:
        ready.register(output, selectors.EVENT_READ)
        while True:
            watch.check()
            if not ready.select(watch.pause_s):
                continue
            chunk = os.read(output.fileno(), _CHUNK_BYTES)
            *lines, pending = (pending + chunk).split(b"\n")
            yield from map(_parse, lines)
            if not chunk or len(pending) > _LINE_BYTES:
                return


def _parse(line: bytes) -> dict[str, Any]:
    """One line of the process; what is no object of ours counts as a failure."""
    try:
        parsed = json.loads(line)
    except ValueError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {}


def _progress(line: dict[str, Any]) -> FetchProgress:
    """How far the process says it is."""
    fetched, total = line.get("fetched_bytes"), line.get("total_bytes")
    return FetchProgress(fetched if isinstance(fetched, int) else 0, total if isinstance(total, int) else None)


def _outcome(line: dict[str, Any], watch: Watch) -> dict[str, Any]:
    """The facts of a process that is done, or its failure as an error."""
    if line.get("event") == "done":
        return line
    log.info("fetch failed", extra={"code": str(line.get("kind"))})
    log.debug("fetch failed: %s", line.get("detail"))  # which may quote the address
    raise problem(str(line.get("kind")), watch.settings)


def _silent_end(return_code: int, messages: IO[bytes], watch: Watch) -> FetchError:
    """The error of a process that ended without a word, which limits of memory and size may cause."""
    end = messages.seek(0, os.SEEK_END)
    messages.seek(max(0, end - _MESSAGES_BYTES))
    said = messages.read()
    log.warning("fetching process ended with %d", return_code)
    log.debug("it said: %s", said.decode("utf-8", "replace"))
    return problem(MediaTooLargeError.code if b"MemoryError" in said else FetchError.code, watch.settings)


def _reap(child: subprocess.Popen[bytes]) -> None:
    """End the whole process group, collect it and close the pipe."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    cast("IO[bytes]", child.stdout).close()
