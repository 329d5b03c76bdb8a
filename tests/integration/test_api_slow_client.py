"""Clients that take their time, or do not say how much they send, in front of the real server."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from scripts.browsing import running_app
from tests.support.api import V1

if TYPE_CHECKING:
    from collections.abc import Iterator

BODY = '{"text": "I am glad."}'
HEAD = f"POST {V1}/texts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(tmp_path_factory.mktemp("instance")) as running:
        yield running


def connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def test_some_slow_clients_keep_nobody_else_waiting(address: str) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(address)) for _ in range(6)]
        for client in slow:
            client.sendall(f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n{BODY[:4]}".encode())
        started = time.perf_counter()
        assert requests.get(f"{address}{V1}/models", timeout=30).status_code == 200
        assert time.perf_counter() - started < 10
        slow[0].sendall(BODY[4:].encode())
        assert slow[0].recv(1000).startswith(b"HTTP/1.1 200")


def test_a_body_that_does_not_say_how_long_it_is_is_cut_off(address: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 16384

    sent = requests.post(
        f"{address}{V1}/texts", data=endless(), headers={"Content-Type": "application/json"}, timeout=60
    )
    assert (sent.status_code, sent.json()["code"]) == (413, "body_too_large")
