"""Sending to an application in this process: quick, and without a network."""

from __future__ import annotations

import io
import time
from typing import TYPE_CHECKING, Final

from tests.fuzz.sent import Answer

if TYPE_CHECKING:
    from tests.fuzz.ground import Ground
    from tests.fuzz.sent import Sent

_MOST_BYTES: Final = 256 * 1024


def send(ground: Ground, sent: Sent) -> Answer:
    """Send a request, read what comes first of its answer, and close it."""
    target, body = ground.filled(sent)
    path, _, query = target.partition("?")
    started_s = time.perf_counter()
    environment = {
        "REQUEST_METHOD": sent.method,
        "PATH_INFO": _unquoted(path),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_COOKIE": ground.cookie,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0),
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    for name, value in sent.headers:
        key = name.upper().replace("-", "_")
        environment[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
    answer = _run(ground, environment, started_s)
    if answer.status < 400 and (sent.method == "DELETE" or path.endswith(("/delete", "/revoke", "/retry", "/cancel"))):
        ground.refresh()
    return answer


def _run(ground: Ground, environment: dict[str, object], started_s: float) -> Answer:
    status, media_type = 0, ""

    def start(line: str, headers: list[tuple[str, str]], _error: object = None) -> object:
        nonlocal status, media_type
        status = int(line.split(maxsplit=1)[0])
        media_type = dict(headers).get("Content-Type", "").partition(";")[0]
        return lambda _data: None

    answered = ground.app.wsgi_app(environment, start)  # type: ignore[arg-type]
    found = b""
    try:
        for piece in answered:
            found += piece
            if len(found) > _MOST_BYTES or media_type == "text/event-stream":
                break
    finally:
        close = getattr(answered, "close", None)
        if close is not None:
            close()
    return Answer(status, media_type, found, time.perf_counter() - started_s)


def _unquoted(path: str) -> str:
    """The path as a server hands it on: percent signs undone, bytes as latin-1."""
    from urllib.parse import unquote_to_bytes

    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")
