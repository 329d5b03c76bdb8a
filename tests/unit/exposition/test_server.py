from __future__ import annotations

import http.client
import threading
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import InvalidRequestError
from emotion_clf.exposition import MetricsServer, serve_metrics
from emotion_clf.exposition.server import is_near
from emotion_clf.settings import Settings
from emotion_clf.storage import Database
from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    settings = Settings(metrics_port=free_port())
    database = Database(settings.database)
    with MetricsServer(settings, database) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
    database.dispose()


def ask(server: MetricsServer, path: str = "/metrics", **headers: str) -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=10)
    connection.request("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers["Content-Type"], body


def test_prometheus_is_answered_in_the_form_it_asks_for(server: MetricsServer) -> None:
    status, kind, body = ask(server)
    assert (status, kind.startswith("text/plain")) == (200, True)
    assert b"emotion_clf_build_info" in body
    _, kind, body = ask(server, Accept="application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")
    assert body.endswith(b"# EOF\n")


def test_nothing_else_is_there(server: MetricsServer) -> None:
    assert ask(server, "/")[0] == 404
    assert ask(server, "/metrics/..")[0] == 404


def test_a_page_cannot_have_a_browser_ask(server: MetricsServer) -> None:
    for site in ("cross-site", "same-origin", "same-site"):
        assert ask(server, Sec_Fetch_Site=site)[0] == 403
    assert ask(server, Sec_Fetch_Site="none")[0] == 200


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.2", "fe80::1%eth0", "::ffff:172.17.0.1"]
)
def test_who_is_near(address: str) -> None:
    assert is_near(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "::ffff:8.8.8.8", "2001:4860:4860::8888"])
def test_who_is_not(address: str) -> None:
    assert not is_near(address)


def test_strangers_get_no_answer(server: MetricsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion_clf.exposition.server.is_near", lambda address: address != "127.0.0.1")
    with pytest.raises((http.client.RemoteDisconnected, ConnectionError)):
        ask(server)


def test_a_port_is_needed() -> None:
    with pytest.raises(InvalidRequestError, match="METRICS_PORT"):
        serve_metrics(Settings(metrics_port=0))
