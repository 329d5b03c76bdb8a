"""Malformed bytes to the real server: a right answer or none, and the next client is served."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import requests

from scripts.browsing import running_app
from tests.fuzz.sent import CORPUS

if TYPE_CHECKING:
    from collections.abc import Iterator

RAW = sorted((CORPUS / "raw").glob("*.http"))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_app(tmp_path_factory.mktemp("instance")) as running:
        yield running


@pytest.mark.parametrize("path", RAW, ids=lambda path: path.stem)
def test_malformed_chunks_are_the_clients_to_mend(address: str, path: Path) -> None:
    host, _, port = address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(path.read_bytes())
        connection.shutdown(socket.SHUT_WR)
        found = b""
        while piece := connection.recv(65536):
            found += piece
    head, _, body = found.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "broken_body"
    assert requests.get(f"{address}/health/live", timeout=5).status_code == 200
