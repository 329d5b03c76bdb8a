"""A web server on 127.0.0.1 that serves, lies, stalls and redirects as it is told."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Answer = Callable[["Handler"], None]


@dataclass
class MediaServer:
    """A running server.

    Attributes:
        port: where it listens.
        answers: what is done for each path.
        asked: how often each path was asked for.
        closing: set when it is about to end, so that stalled answers end too.
    """

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    closing: threading.Event = field(default_factory=threading.Event)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def url(self, path: str) -> str:
        return f"http://{self.host}{path}"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    media: MediaServer

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        self.media.asked[path] += 1
        self.close_connection = True
        with suppress(ConnectionError):
            self.media.answers.get(path, status(404))(self)

    def head(self, content_type: str, length: int | None = None, code: int = 200, **headers: str) -> None:
        self.send_response(code)
        self.send_header("Content-Type", content_type)
        self.send_header("Connection", "close")
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


def file(content: bytes, content_type: str = "audio/wav", length: int | None = None) -> Answer:
    """The content, with its length or the one claimed."""

    def answer(handler: Handler) -> None:
        handler.head(content_type, len(content) if length is None else length)
        handler.wfile.write(content)

    return answer


def page(body: str) -> Answer:
    """A page whose title would spoil a terminal."""
    title = "A page\x1b[31m\nof two lines"
    return file(f"<!doctype html><title>{title}</title><body>{body}</body>".encode(), "text/html; charset=utf-8")


def status(code: int) -> Answer:
    return lambda handler: handler.head("text/plain", 0, code)


def redirect(target: str) -> Answer:
    return lambda handler: handler.head("text/plain", 0, 302, Location=target)


def endless(head: bytes, content_type: str = "audio/wav") -> Answer:
    """A chunked answer that tells no length and never ends."""

    def answer(handler: Handler) -> None:
        handler.head(content_type, **{"Transfer-Encoding": "chunked"})
        block = head.ljust(1 << 16, b"\0")
        while not handler.media.closing.is_set():
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(block), block))

    return answer


def drip(head: bytes, pause_s: float) -> Answer:
    """An answer that gives a byte now and then, and so never stalls nor ends."""

    def answer(handler: Handler) -> None:
        handler.head("audio/wav", 10_000_000)
        handler.wfile.write(head)
        while not handler.media.closing.wait(pause_s):
            handler.wfile.write(b"\0")

    return answer


def stall(handler: Handler) -> None:
    """Say nothing at all."""
    handler.media.closing.wait(30)


@contextmanager
def serving() -> Iterator[MediaServer]:
    """A server that ends with the block, whatever its answers are doing."""
    media = MediaServer()
    handler = type("BoundHandler", (Handler,), {"media": media})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    media.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield media
    finally:
        media.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
