"""A server on this machine that speaks AssemblyAI's protocol."""

from __future__ import annotations

import json
import threading
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

KEY = "a-good-key"
WORDS = [
    {"text": "Good", "start": 100, "end": 300, "confidence": 0.9, "speaker": "A"},
    {"text": "morning.", "start": 320, "end": 700, "confidence": 0.8, "speaker": "A"},
    {"text": "Hello.", "start": 900, "end": 1300, "confidence": 0.7, "speaker": "B"},
]


@dataclass
class Account:
    """What the server was sent, and how it is to behave.

    Attributes:
        answers: (status, headers, body) given once each, before the regular answers, by "METHOD path".
        polls: how many times "processing" is said first.
        final: replaces fields of the finished transcript.
    """

    answers: dict[str, list[tuple[int, dict[str, str], bytes]]] = field(default_factory=lambda: defaultdict(list))
    polls: int = 1
    final: dict[str, Any] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    sound: bytes = b""
    asked: dict[str, Any] = field(default_factory=dict)
    url: str = ""


class _Handler(BaseHTTPRequestHandler):
    account: Account

    def _answer(self) -> None:
        account, name = self.account, f"{self.command} {self.path}"
        account.requests.append(name)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if account.answers[name]:
            self._send(*account.answers[name].pop(0))
        elif self.headers.get("Authorization") != KEY:
            self._send(401, {}, b'{"error": "Authentication error, API token missing/invalid"}')
        else:
            self._send(200, {}, json.dumps(self._regular(name, body)).encode())

    do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - names the base class calls

    def _regular(self, name: str, body: bytes) -> dict[str, Any]:
        account = self.account
        if name == "POST /v2/upload":
            account.sound = body
            return {"upload_url": f"{account.url}/upload/1"}
        if name == "POST /v2/transcript":
            account.asked = json.loads(body)
            return {"id": "t1", "status": "queued"}
        if name == "GET /v2/transcript/t1" and account.polls:
            account.polls -= 1
            return {"id": "t1", "status": "processing"}
        utterances = [
            {"speaker": "A", "text": "Good morning.", "start": 100, "end": 700, "words": WORDS[:2]},
            {"speaker": "B", "text": "Hello.", "start": 900, "end": 1300, "words": WORDS[2:]},
        ]
        finished = {"id": "t1", "status": "completed", "language_code": "en_us", "text": "Good morning. Hello."}
        return {**finished, "words": WORDS, "utterances": utterances, **account.final}

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@contextmanager
def assemblyai() -> Iterator[Account]:
    """The server, while the block runs."""
    account = Account()
    handler = type("Handler", (_Handler,), {"account": account})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        account.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield account
        finally:
            server.shutdown()
            thread.join()
