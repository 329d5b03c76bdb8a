"""Sending over a connection of its own to the server under attack, on this machine alone."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from hypothesis import strategies as st

from tests.fuzz.sent import Answer

if TYPE_CHECKING:
    from tests.fuzz.ground import Ground
    from tests.fuzz.sent import Sent

TIMEOUT_S: Final = 30.0
_MOST_BYTES: Final = 1024 * 1024
_CHANGES: Final = ("/delete", "/revoke", "/retry", "/cancel")


@dataclass(frozen=True)
class Wire:
    """Connections to one server.

    Attributes:
        address: of the server, on this machine.
        ground: what the requests may name.
    """

    address: str
    ground: Ground

    def send(self, sent: Sent) -> Answer:
        """Send a request with a length that is true, and read its answer."""
        target, body = self.ground.filled(sent)
        given = {name.lower() for name, _ in sent.headers}
        lines = [f"{sent.method} {_line(target)} HTTP/1.1"]
        lines += [f"{name}: {value}" for name, value in sent.headers if name.lower() != "content-length"]
        lines += [] if "host" in given else [f"Host: {urlsplit(self.address).netloc}"]
        lines += [] if "cookie" in given else [f"Cookie: {self.ground.cookie}"]
        lines += ["Connection: close"]
        if body or sent.method not in {"GET", "HEAD", "OPTIONS"}:
            lines.append(f"Content-Length: {len(body)}")
        answer = self.raw("\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n" + body)
        if answer.status < 400 and (sent.method == "DELETE" or target.partition("?")[0].endswith(_CHANGES)):
            self.ground.refresh()
        return answer

    def raw(self, data: bytes, *, ended: bool = False) -> Answer:
        """Send bytes as they are, and read what comes.

        Args:
            data: the bytes.
            ended: whether nothing more is promised, so that what is missing will never come.
        """
        parts = urlsplit(self.address)
        started_s = time.perf_counter()
        found = b""
        try:
            with socket.create_connection((parts.hostname, parts.port), timeout=TIMEOUT_S) as connection:
                connection.sendall(data)
                if ended:
                    connection.shutdown(socket.SHUT_WR)
                while (piece := connection.recv(65536)) and len(found) < _MOST_BYTES:
                    found += piece
                    if b"text/event-stream" in found[:2000]:
                        break
        except OSError:
            pass  # a reset after the answer; one before it has no status
        return _answer(found, time.perf_counter() - started_s)


def _line(target: str) -> str:
    """A target that stays one word of the request line."""
    return "".join(char if "!" <= char <= "~" else f"%{ord(char) & 0xFF:02X}" for char in target)


def _answer(found: bytes, took_s: float) -> Answer:
    head, _, body = found.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    fields = dict(line.lower().split(": ", 1) for line in lines[1:] if ": " in line)
    status = int(lines[0].split()[1]) if lines[0].startswith("HTTP/1.1 ") else 0
    if fields.get("transfer-encoding") == "chunked":
        body = _joined(body)
    return Answer(status, fields.get("content-type", "").partition(";")[0], body, took_s)


def _joined(body: bytes) -> bytes:
    """The bytes of an answer in chunks."""
    found = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        found, body = found + rest[:length], rest[length + 2 :] if length else b""
    return found


_HEAD = (
    "{method} {target} {version}\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\nAccept: application/json\r\n"
    "Transfer-Encoding: {coding}\r\nConnection: close\r\n\r\n"
)


@st.composite
def chunked(draw: st.DrawFn) -> bytes:
    """A request whose body comes in chunks, most of them malformed."""
    head = _HEAD.format(
        method=draw(st.sampled_from(["POST", "PUT", "DELETE", "GET"])),
        target=draw(
            st.sampled_from(
                ["/text", "/predict", "/emotion_predict", "/api/v1/texts", "/api/v1/clips", "/api/v1/urls", "/calls",
                 "/live/window", "/admin/login", "/api/v1/auth/token", "/health", "/nowhere"]
            )
        ),
        version=draw(st.sampled_from(["HTTP/1.1", "HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/9.9", "X"])),
        kind=draw(st.sampled_from(["application/json", "multipart/form-data; boundary=b", "application/octet-stream"])),
        coding=draw(st.sampled_from(["chunked", "chunked", "gzip, chunked", "chunked, chunked", "x", "Chunked "])),
    )  # fmt: skip
    pieces = draw(st.lists(st.sampled_from(_PIECES), max_size=4))
    return head.encode() + b"".join(pieces)


_PIECES = [
    b'10\r\n{"text": "glad"}\r\n',
    b"5\r\nabc\r\n",
    b"zz\r\nabc\r\n",
    b"-1\r\n",
    b"ffffffffffffffffffff\r\nabc\r\n",
    b"3;a=b\r\nabc\r\n",
    b"3;\x00\r\nabc\r\n",
    b"3\nabc\n",
    b"3\r\nabcd\r\n",
    b"0\r\n\r\n",
    b"0\r\nX: y\r\n\r\n",
    b"0\r\n\x00: y\r\n\r\n",
    b"",
    b"1" * 9000 + b"\r\n",
    b"--b\r\n\r\n",
]
