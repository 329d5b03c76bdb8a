"""Find ffmpeg and run it confined: no shell, no network, bounded in time, memory and output."""

from __future__ import annotations

import json
import logging
import math
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from emotion_clf.errors import DecoderMissingError, DiskFullError, UndecodableAudioError

log = logging.getLogger(__name__)

_CONFINE: Final = Path(__file__).with_name("confine.py")
_STDERR_KEPT_BYTES: Final = 4096
TOO_SLOW: Final = "Decoding this file took too long. Convert it to WAV or MP3 and try again."
_MISSING = (
    "No ffmpeg was found, so no recording can be decoded. Install ffmpeg, or reinstall the imageio-ffmpeg "
    "package, or set FFMPEG_PATH."
)


@dataclass(frozen=True, slots=True)
class ChildLimits:
    """What one decoder process may take."""

    wall_s: float
    memory_bytes: int
    output_bytes: int


@dataclass(frozen=True, slots=True)
class ChildResult:
    """What the child left: its exit status, its output and the end of its messages (never shown to users)."""

    return_code: int
    output: bytes
    messages: str


def find_ffmpeg(configured: str | None = None) -> str:
    """The absolute path of the ffmpeg to run: the configured one, the system's, or imageio-ffmpeg's.

    Raises:
        DecoderMissingError: there is none.
    """
    if configured is not None:
        found = shutil.which(configured)
        if found is None:
            raise DecoderMissingError(_MISSING)
        return str(Path(found).absolute())
    found = shutil.which("ffmpeg")
    if found is not None:
        return found
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise DecoderMissingError(_MISSING) from error


def run_confined(command: list[str], source: IO[bytes], limits: ChildLimits) -> ChildResult:
    """Run `command` with `source` as an inherited file; wait, and leave no child and no file behind.

    Output and messages go to files that have no name, so that the kernel itself bounds their size and
    nothing stays behind whatever happens to either process.

    Args:
        command: program and arguments; `source` is `/dev/fd/N` in them, see `descriptor_path`.
        source: an open file with a descriptor.
        limits: bounds of time, memory and output.

    Raises:
        UndecodableAudioError: the child ran past its wall-clock limit.
        DiskFullError: there was no room for its output.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        child = start_confined(command, source, limits, output=output, messages=messages)
        try:
            return_code = child.wait(timeout=limits.wall_s)
        except subprocess.TimeoutExpired:
            raise UndecodableAudioError(TOO_SLOW) from None
        finally:
            reap(child)
        if return_code != 0 and os.fstatvfs(output.fileno()).f_bavail == 0:
            raise DiskFullError  # what came out ends where the disk did, and would pass for a damaged recording
        output.seek(0)
        return ChildResult(return_code, output.read(), tail(messages))


def start_confined(
    command: list[str], source: IO[bytes], limits: ChildLimits, *, output: IO[bytes] | int, messages: IO[bytes]
) -> subprocess.Popen[bytes]:
    """Start `command` under limits with `source` as an inherited file; the caller waits for it and reaps it.

    Args:
        command: as `run_confined` takes it.
        source: an open file with a descriptor.
        limits: bounds of processor time, memory and of each file it writes.
        output: where its standard output goes.
        messages: where its messages go.
    """
    bounds = {
        "cpu_s": math.ceil(limits.wall_s),
        "memory_bytes": limits.memory_bytes,
        "output_bytes": limits.output_bytes,
    }
    launcher = [sys.executable, "-I", "-S", str(_CONFINE), json.dumps(bounds)]
    return subprocess.Popen(
        [*launcher, *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=messages,
        pass_fds=(source.fileno(),),
        start_new_session=True,
        env={"PATH": os.defpath, "LC_ALL": "C"},
    )


def descriptor_path(source: IO[bytes]) -> str:
    """The URL under which a child sees an inherited open file: a name of ours, inert whatever the user's was."""
    return f"file:/dev/fd/{source.fileno()}"


def reap(child: subprocess.Popen[bytes]) -> None:
    """End the child's whole process group and collect it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def tail(messages: IO[bytes]) -> str:
    """The end of what a child said."""
    size = messages.seek(0, os.SEEK_END)
    messages.seek(max(0, size - _STDERR_KEPT_BYTES))
    return messages.read().decode("utf-8", "replace")
