"""Find ffmpeg and run it confined: no shell, no network, bounded in time, memory and output."""

from __future__ import annotations

import json
import logging
import math
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from emotion_clf.errors import (
    DecoderFailedError,
    DecoderMissingError,
    DiskFullError,
    EmotionError,
    UndecodableAudioError,
)

log = logging.getLogger(__name__)

_CONFINE: Final = Path(__file__).with_name("confine.py")
_HEAD_KEPT_BYTES: Final = 1 << 16
_TAIL_KEPT_BYTES: Final = 4096
_TOO_SLOW: Final = "Decoding this file took too long. Convert it to WAV or MP3 and try again."
_FAILED: Final = (
    "The decoder could not do its work, so nothing can be said of this file: the server may be short of memory or "
    "processor time. Try again in a moment; if the same file fails again, convert it to WAV or MP3."
)
_RETRY_AFTER_S: Final = 10
# How the dynamic loader, ffmpeg and Python say that the system refused them something.
_REFUSED: Final = re.compile(
    r"cannot allocate memory|out of memory|memoryerror|resource temporarily unavailable|"
    r"error while loading shared libraries|pthread_create",
    re.IGNORECASE,
)
# With `-v level+info` each line tells its level, after the part of ffmpeg that speaks where that is told.
_REMARK: Final = re.compile(r"(\[[^\]]* @ 0x[0-9a-f]+\] )*\[(info|warning|verbose|debug)\]")
_TRACK: Final = re.compile(r"^\[info\]\s+Stream #0:\d+[^\n]*?: Audio: ", re.MULTILINE)
_SHELL_CODES: Final = frozenset({126, 127})
_STARVED_SHARE: Final = 0.5
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
        UndecodableAudioError: the child worked past its limit of time.
        DecoderFailedError: it could not start, was killed, or got no processor time.
        DiskFullError: there was no room for its output.
    """
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as messages:
        child = start_confined(command, source, limits, output=output, messages=messages)
        try:
            return_code = child.wait(timeout=limits.wall_s)
        except subprocess.TimeoutExpired:
            raise too_slow(child, limits.wall_s) from None
        finally:
            reap(child)
        if return_code != 0 and os.fstatvfs(output.fileno()).f_bavail == 0:
            raise DiskFullError  # what came out ends where the disk did, and would pass for a damaged recording
        check_ran(return_code, said(messages))
        output.seek(0)
        return ChildResult(return_code, output.read(), said(messages))


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

    Raises:
        DecoderFailedError: the system starts no process now.
    """
    bounds = {
        "cpu_s": math.ceil(limits.wall_s),
        "memory_bytes": limits.memory_bytes,
        "output_bytes": limits.output_bytes,
    }
    launcher = [sys.executable, "-I", "-S", str(_CONFINE), json.dumps(bounds)]
    try:
        return subprocess.Popen(
            [*launcher, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=messages,
            pass_fds=(source.fileno(),),
            start_new_session=True,
            env={"PATH": os.defpath, "LC_ALL": "C"},
        )
    except OSError as error:
        raise DecoderFailedError(_FAILED, retry_after_s=_RETRY_AFTER_S) from error


def check_ran(return_code: int, messages: str) -> None:
    """Tell a decoder that could not work from one that found no sound.

    Raises:
        UndecodableAudioError: it used all the processor time that a file may take.
        DecoderFailedError: it could not start, was killed, or the system refused it memory.
    """
    if return_code == -signal.SIGXCPU:
        raise UndecodableAudioError(_TOO_SLOW)
    killed = return_code in {-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP}
    refused = return_code != 0 and _REFUSED.search("\n".join(errors_in(messages)))
    if killed or refused or return_code in _SHELL_CODES:
        log.warning("the decoder failed (exit %d)", return_code)
        raise DecoderFailedError(_FAILED, retry_after_s=_RETRY_AFTER_S)


def too_slow(child: subprocess.Popen[bytes], wall_s: float) -> EmotionError:
    """Say why a decoder ran out of time: the file takes long, or the machine gave it no processor."""
    if _processor_s(child.pid) < _STARVED_SHARE * wall_s:
        return DecoderFailedError(_FAILED, retry_after_s=_RETRY_AFTER_S)
    return UndecodableAudioError(_TOO_SLOW)


def _processor_s(pid: int) -> float:
    """Read how long a process has worked, in seconds; endlessly where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, IndexError, ValueError):
        return math.inf


def descriptor_path(source: IO[bytes]) -> str:
    """The URL under which a child sees an inherited open file: a name of ours, inert whatever the user's was."""
    return f"file:/dev/fd/{source.fileno()}"


def reap(child: subprocess.Popen[bytes]) -> None:
    """End the child's whole process group and collect it."""
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def said(messages: IO[bytes]) -> str:
    """Return what a child said: the beginning and the end of it."""
    size = messages.seek(0, os.SEEK_END)
    messages.seek(0)
    kept = messages.read(_HEAD_KEPT_BYTES)
    messages.seek(max(len(kept), size - _TAIL_KEPT_BYTES))
    return (kept + messages.read()).decode("utf-8", "replace")


def errors_in(messages: str) -> list[str]:
    """Return the lines in which ffmpeg, or another program than ffmpeg, complains."""
    return [line for line in re.split(r"[\r\n]+", messages) if line.strip() and not _REMARK.match(line)]


def tracks_in(messages: str) -> int:
    """Return how many sound tracks ffmpeg found in its input."""
    return len(_TRACK.findall(messages.split("Output #0", 1)[0]))
