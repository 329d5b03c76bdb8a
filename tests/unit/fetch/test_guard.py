"""The guard cannot be taken out again, so each look at it is a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, os, socket, subprocess
from emotion_clf.fetch import guard
refused = guard.install(allow_loopback={loopback})
told = []
def attempt(what):
    try:
        told.append(what() or "done")
    except OSError as error:
        told.append(type(error).__name__)
{attempts}
print(json.dumps([told, refused]))
"""


def watched(*attempts: str, loopback: bool = False) -> tuple[list[str], list[str]]:
    """What each attempt came to, and the addresses refused."""
    lines = "\n".join(f"attempt(lambda: {attempt})" for attempt in attempts)
    program = PROGRAM.format(loopback=loopback, attempts=lines)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)
    told, refused = json.loads(done.stdout)
    return told, refused


def test_no_way_leads_to_a_private_address() -> None:
    told, refused = watched(
        "socket.create_connection(('127.0.0.1', 9))",
        "socket.create_connection(('localhost', 9))",
        "socket.socket(socket.AF_INET6).connect(('::ffff:10.0.0.1', 9, 0, 0))",
        "socket.socket().connect_ex(('192.168.0.1', 9))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('169.254.169.254', 9))",
        "socket.socket(type=socket.SOCK_DGRAM).sendmsg([b'x'], [], 0, ('10.0.0.1', 9))",
        "socket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
    )
    assert told == ["PermissionError"] * 7
    assert {"127.0.0.1", "::ffff:10.0.0.1", "192.168.0.1", "169.254.169.254", "10.0.0.1", ""} <= set(refused)


def test_no_program_is_started() -> None:
    told, refused = watched(
        "subprocess.run(['true'])",
        "os.system('true')",
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
    )
    assert told == ["PermissionError"] * 5
    assert refused == []


def test_a_connected_pair_speaks_and_loopback_is_reached_where_it_is_allowed() -> None:
    told, refused = watched(
        "(lambda pair: pair[0].sendmsg([b'x']) and None)(socket.socketpair())",
        "socket.create_connection(('127.0.0.1', 1), timeout=2)",
        "socket.create_connection(('127.0.0.2', 1), timeout=2)",
        loopback=True,
    )
    assert told == ["done", "ConnectionRefusedError", "PermissionError"]
    assert refused == ["127.0.0.2"]
