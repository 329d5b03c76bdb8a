"""GET /metrics on METRICS_HOST and METRICS_PORT."""

from __future__ import annotations

import ipaddress
import logging
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import InvalidRequestError
from emotion_clf.monitoring import files
from emotion_clf.storage import Database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from prometheus_client import CollectorRegistry

    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

_PATIENCE_S: Final = 10.0
_TRY_AGAIN_S: Final = 5.0
_ATTEMPTS: Final = 3


class MetricsServer(ThreadingHTTPServer):
    """Answers Prometheus."""

    daemon_threads = True
    address_family = ThreadingHTTPServer.address_family

    def __init__(self, settings: Settings, database: Database) -> None:
        """Begin to listen.

        Raises:
            OSError: the address cannot be listened on.
        """
        import socket

        if ":" in settings.metrics_host:
            self.address_family = socket.AF_INET6
        self.registries = registries(settings, database)
        super().__init__((settings.metrics_host, settings.metrics_port), _Handler)

    def verify_request(self, _request: Any, client_address: Any) -> bool:
        """Whether somebody is near enough to be answered; others see their connection closed."""
        return is_near(str(client_address[0]))

    def handle_error(self, _request: Any, _client_address: Any) -> None:
        """Say that an answer went wrong."""
        log.warning("a question for metrics broke off", exc_info=True)  # noqa: LOG014 - called by one


class _Handler(BaseHTTPRequestHandler):
    server: MetricsServer
    timeout = _PATIENCE_S
    protocol_version = "HTTP/1.1"
    server_version = "emotion-clf"
    sys_version = ""

    def do_GET(self) -> None:
        """Tell all figures."""
        # A page that found out this address could have a browser ask; Prometheus sends no such header.
        if self.headers.get("Sec-Fetch-Site", "none") != "none":
            self._say(HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"Not for other pages.\n")
        elif self.path.partition("?")[0] != "/metrics":
            self._say(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"Ask for /metrics.\n")
        else:
            kind, body = exposition(self.server.registries, self.headers.get("Accept", ""))
            self._say(HTTPStatus.OK, kind, body)

    def _say(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Say nothing: Prometheus asks several times a minute."""


def is_near(address: str) -> bool:
    """Whether an address is this machine's or a private network's."""
    found = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None)
    return not (mapped or found).is_global


def exposition(made: Callable[[], CollectorRegistry], accepted: str) -> tuple[str, bytes]:
    """Media type and body of all figures.

    Args:
        made: makes a registry of all figures.
        accepted: the media types that are understood, as in the header `Accept`.

    Raises:
        FileNotFoundError: processes came and went all the while.
    """
    from prometheus_client.exposition import choose_encoder

    encode, kind = choose_encoder(accepted)
    for _ in range(_ATTEMPTS - 1):
        try:
            return str(kind), bytes(encode(made()))
        except FileNotFoundError:  # a process that begins deletes the files of dead ones
            time.sleep(0.05)
    return str(kind), bytes(encode(made()))


def serve_metrics(settings: Settings) -> None:
    """Answer until this process is ended; where the port is taken, wait for it: nothing else depends on this.

    Raises:
        InvalidRequestError: no metrics are kept.
    """
    if not settings.metrics_port:
        raise InvalidRequestError("No metrics are kept, since METRICS_PORT is 0. Set it to a port.")
    database = Database(settings.database)
    told = False
    while True:
        try:
            server = MetricsServer(settings, database)
            break
        except OSError:
            if not told:
                log.exception("metrics cannot be told on METRICS_HOST and METRICS_PORT; trying again now and then")
            told = True
            time.sleep(_TRY_AGAIN_S)
    log.info("metrics at http://%s:%d/metrics", settings.metrics_host, settings.metrics_port)
    with server:
        server.serve_forever()


def registries(settings: Settings, database: Database) -> Callable[[], CollectorRegistry]:
    """Makes a registry of what the processes keep and of what is looked up."""
    from emotion_clf.exposition.drift import DriftCollector

    drift = DriftCollector(settings, database)

    def make() -> CollectorRegistry:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        from emotion_clf.exposition.site import SiteCollector

        where: Path = files.folder(settings)
        where.mkdir(parents=True, exist_ok=True, mode=0o700)
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=str(where))  # type: ignore[no-untyped-call]
        registry.register(SiteCollector(settings, database))
        registry.register(drift)
        return registry

    return make
