"""What a server may leave behind once nothing is asked of it any more: nothing but what was to be kept."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE_S = 30.0


def descendants(pid: int) -> list[int]:
    """Every process that a process started, and that is there yet."""
    found: list[int] = []
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(word) for word in listed.read_text(encoding="ascii").split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found


def command(pid: int) -> str:
    """The command line of a process, empty where it is gone."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
    except OSError:
        return ""


def descriptors(pids: list[int]) -> int:
    """How many files and connections these processes hold open."""
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in pids if Path(f"/proc/{pid}/fd").is_dir())  # noqa: PTH208


def memory_mib(pids: list[int]) -> float:
    """Memory that these processes alone hold, in MiB."""
    total_kib = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        total_kib += sum(int(line.split()[1]) for line in lines if line.startswith(("Private_", "Swap:")))
    return round(total_kib / 1024, 1)


def settled(look: Callable[[], list[str]], patience_s: float = PATIENCE_S) -> list[str]:
    """What is left once it has had its time to go."""
    deadline = time.monotonic() + patience_s
    while (left := look()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left


def files_in(folder: Path) -> list[str]:
    """Every file below a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
