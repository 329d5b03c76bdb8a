"""Child processes of this one, as the kernel tells."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def children() -> set[int]:
    """Ids of all living or unreaped children of this process."""
    found: set[int] = set()
    for listed in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        found.update(map(int, listed.read_text(encoding="ascii").split()))
    return found


def free_port() -> int:
    """A TCP port nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])
