"""Networks of their own for processes: what runs in one shares no more with this machine than another host would."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = "127.0.0.1"


@dataclass(frozen=True)
class Network:
    """Where a process is started.

    Attributes:
        name: of the network namespace; empty where it is this machine's own network.
        command: what to put before the program's command line.
    """

    name: str = ""
    command: tuple[str, ...] = ()


@contextmanager
def networks(count: int) -> Iterator[tuple[str, list[Network]]]:
    """Some networks, and the address of this machine that is reached from each.

    Where namespaces may not be made all are this machine's own.
    """
    with ExitStack() as undo:
        try:
            found = _made(count, undo)
        except PermissionError:
            found = HERE, [Network() for _ in range(count)]
        yield found


def _made(count: int, undo: ExitStack) -> tuple[str, list[Network]]:
    if shutil.which("ip") is None:
        raise PermissionError
    tag = uuid.uuid4()
    # Of 10.128.0.0/9, so that two runs on one machine hardly meet.
    subnet = f"10.{128 + tag.bytes[0] % 128}.{tag.bytes[1]}"
    found = []
    for number in range(count):
        name, ours, theirs = f"emo-{tag.hex[:8]}-{number}", f"emo{tag.hex[:6]}{number}", f"in{tag.hex[:6]}{number}"
        first = 4 * number
        _ip("netns", "add", name)
        undo.callback(_ip, "netns", "delete", name)
        _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        _ip("address", "add", f"{subnet}.{first + 1}/30", "dev", ours)
        _ip("link", "set", ours, "up")
        for inside in (
            ("address", "add", f"{subnet}.{first + 2}/30", "dev", theirs),
            ("link", "set", theirs, "up"),
            ("link", "set", "lo", "up"),
            ("route", "add", "default", "via", f"{subnet}.{first + 1}"),
        ):
            _ip("-n", name, *inside)
        found.append(Network(name, ("ip", "netns", "exec", name)))
    return f"{subnet}.1", found


def _ip(*arguments: str) -> None:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PermissionError(done.stderr)
