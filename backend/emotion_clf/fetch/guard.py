"""What the fetching process may do, enforced below every library: by hooks of the interpreter itself."""

from __future__ import annotations

import sys
from typing import Any, Final

from emotion_clf.fetch.addresses import may_connect

_CONNECTS: Final = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_PROGRAMS: Final = {
    "os.exec",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
    "pty.spawn",
    "subprocess.Popen",
}


def install(*, allow_loopback: bool) -> list[str]:
    """Refuse, until the process ends, every connection to a private address and every further program.

    The address is checked when it is connected to, after names were resolved and redirects followed, so a name
    that changes between two look-ups gains nothing. A program started from here would escape this guard.

    Args:
        allow_loopback: whether 127.0.0.1 may be connected to.

    Returns:
        The addresses refused, growing as it happens.
    """
    refused: list[str] = []

    def check(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _PROGRAMS:
            raise PermissionError("the fetching process starts no program")
        if event not in _CONNECTS or arguments[1] is None:
            return
        address = arguments[1]
        host = str(address[0]) if isinstance(address, tuple) else ""
        if not may_connect(host, allow_loopback=allow_loopback):
            refused.append(host)
            raise PermissionError("the fetching process connects to public addresses only")

    sys.addaudithook(check)
    return refused
