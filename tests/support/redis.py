"""A real Redis server for a test, on a port of its own, gone afterwards."""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_STARTS_WITHIN_S = 10.0


def running_redis(host: str = "127.0.0.1", port: int | None = None) -> Iterator[str]:
    """Start a server and give its URL; skip where it is not installed.

    Args:
        host: the address it listens on.
        port: its port; None: a free one.
    """
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("redis-server is not installed")
    port = port or free_port()
    with tempfile.TemporaryDirectory(prefix="redis") as folder:
        command = [
            program,
            "--port",
            str(port),
            "--bind",
            host,
            "--protected-mode",
            "no",
            "--save",
            "",
            "--appendonly",
            "no",
        ]
        server = subprocess.Popen([*command, "--dir", folder], stdout=subprocess.DEVNULL, cwd=folder)
        try:
            _wait(host, port)
            yield f"redis://{host}:{port}/0"
        finally:
            server.terminate()
            server.wait()


def _wait(host: str, port: int) -> None:
    deadline = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < deadline:
        with suppress(OSError), socket.create_connection((host, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            if connection.recv(16).startswith(b"+PONG"):
                return
        time.sleep(0.05)
    raise TimeoutError("redis-server did not answer")
