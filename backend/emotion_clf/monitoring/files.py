"""Where the processes keep their figures: one file for each kind of figure and process, in a folder they share.

A process is named by its role, its machine and its number there, so that containers which share the folder do not write
to one another's files.
"""

from __future__ import annotations

import os
import re
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from emotion_clf.settings import Settings

ROLES: Final = ("web", "worker")
_NAME: Final = re.compile(r"(?P<kind>[a-z_]+)_(?P<role>[a-z]+)-(?P<host>[A-Za-z0-9-]+)-(?P<pid>[0-9]+)\.db")
# The blocks are taken at the start: writing to a mapped page that a full disk has no block for kills the process.
SIZES_BYTES: Final = {"histogram": 2 << 20, "counter": 1 << 19, "gauge_livesum": 1 << 16}
_STRANGER_AFTER_S: Final = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class FigureFile:
    """One file of figures.

    Attributes:
        path: where it lies.
        kind: of the figures in it.
        role: what its process does.
        host: the machine or container of its process.
        pid: number of its process there.
    """

    path: Path
    kind: str
    role: str
    host: str
    pid: int

    @property
    def here(self) -> bool:
        """Whether its process is of this machine or container."""
        return self.host == this_host()

    @property
    def alive(self) -> bool:
        """Whether its process runs; of another machine's that is not known, and taken for granted for a week."""
        if not self.here:
            return self._silent_s < _STRANGER_AFTER_S
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    @property
    def _silent_s(self) -> float:
        try:
            return time.time() - self.path.stat().st_mtime
        except FileNotFoundError:
            return _STRANGER_AFTER_S


def folder(settings: Settings) -> Path:
    """Where the files lie."""
    return settings.instance_dir / "metrics"


def this_host() -> str:
    """The name of this machine or container, of letters, digits and hyphens."""
    return re.sub(r"[^A-Za-z0-9-]", "-", socket.gethostname()) or "host"


def process_name(role: str) -> str:
    """What this process calls itself."""
    return f"{role}-{this_host()}-{os.getpid()}"


def files(where: Path) -> Iterator[FigureFile]:
    """All files of figures in a folder."""
    for path in sorted(where.glob("*.db")):
        found = _NAME.fullmatch(path.name)
        if found is not None:
            yield FigureFile(path, found["kind"], found["role"], found["host"], int(found["pid"]))


def make_room(where: Path, role: str) -> None:
    """Make the folder, and take the blocks for this process's files.

    Raises:
        OSError: the disk does not take it.
    """
    where.mkdir(parents=True, exist_ok=True, mode=0o700)
    for kind, size in SIZES_BYTES.items():
        _take_blocks(where / f"{kind}_{process_name(role)}.db", size)


def forget_dead(where: Path, role: str) -> None:
    """Drop what processes of this role left that run no more: call it when the first of them begins."""
    for old in files(where):
        if old.role == role and not old.alive:
            old.path.unlink(missing_ok=True)


def forget_moment(where: Path, role: str, pid: int) -> None:
    """Drop what was true only while a process of this machine ran; what it counted stays."""
    for old in files(where):
        if (old.role, old.pid) == (role, pid) and old.here and old.kind.startswith("gauge_live"):
            old.path.unlink(missing_ok=True)


def _take_blocks(path: Path, size: int) -> None:
    """Make a file that is whole from its first moment, since somebody may read it then."""
    # What a process of the same number left is counted on.
    if path.exists():
        return
    draft = path.with_suffix(".new")
    file = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        _allocate(file, size)
    except OSError:
        draft.unlink()
        raise
    finally:
        os.close(file)
    draft.rename(path)


def _allocate(file: int, size: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(file, 0, size)
    else:
        os.write(file, bytes(size))
