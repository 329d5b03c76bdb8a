"""Clients that take their time, or do not say how much they send, in front of the real server."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
import requests

from scripts.browsing import running_app
from tests.support.api import V1

if TYPE_CHECKING:
    from collections.abc import Iterator

THREADS = 2
SLOW = 3 * THREADS
BODY = '{"text": "I am glad."}'
HEAD = f"POST {V1}/texts HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
UNFINISHED = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n{BODY[:4]}"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pace = {"REQUEST_HEAD_S": "2", "BODY_GRACE_S": "1", "BODY_LEAST_BYTES_PER_S": "20000", "ANSWER_STALL_S": "1"}
    with running_app(tmp_path_factory.mktemp("instance"), WEB_THREADS=str(THREADS), **pace) as running:
        yield running


def connect(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def everything(connection: socket.socket) -> bytes:
    """What comes until the other side ends it."""
    found = b""
    while data := connection.recv(65536):
        found += data
    return found


def time_of_a_quick_one(address: str) -> float:
    started = time.perf_counter()
    assert requests.get(f"{address}{V1}/models", timeout=30).status_code == 200
    return time.perf_counter() - started


@pytest.mark.parametrize("sent", ["", "GET /", HEAD, "\r\n"], ids=["nothing", "a word", "half a head", "an empty line"])
def test_unfinished_heads_hold_no_thread(address: str, sent: str) -> None:
    with ExitStack() as stack:
        for _ in range(20 * THREADS):
            stack.enter_context(connect(address)).sendall(sent.encode())
        assert time_of_a_quick_one(address) < 1.5


def test_unfinished_bodies_hold_no_turn_and_are_refused_in_the_end(address: str) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(address)) for _ in range(SLOW)]
        for client in slow:
            client.sendall(UNFINISHED.encode())
        assert time_of_a_quick_one(address) < 1.5
        for client in slow:
            head, _, told = everything(client).partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 408 ")
            assert b"Connection: close" in head
            assert json.loads(told)["code"] == "too_slow"


def test_a_slow_body_that_keeps_the_pace_is_answered(address: str) -> None:
    with connect(address) as client:
        client.sendall(UNFINISHED.encode())
        time.sleep(0.5)
        client.sendall(BODY[4:].encode())
        assert client.recv(1000).startswith(b"HTTP/1.1 200")


def test_a_body_that_trickles_does_not_keep_the_pace(address: str) -> None:
    started = time.perf_counter()
    with connect(address) as client:
        client.sendall(f"{HEAD}Content-Length: 60000\r\n\r\n".encode())
        client.settimeout(0.1)
        answer = b""
        while not answer and time.perf_counter() - started < 10:
            client.sendall(b" " * 100)
            try:
                answer = client.recv(1000)
            except TimeoutError:
                continue
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert time.perf_counter() - started < 5


def test_a_form_that_stops_is_answered_with_a_page(address: str) -> None:
    head = "POST /emotion_predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    with connect(address) as client:
        client.sendall(f"{head}Accept: text/html\r\nContent-Length: 900\r\n\r\n--x\r\n".encode())
        told = everything(client).decode()
    assert told.startswith("HTTP/1.1 408 ")
    assert "Content-Type: text/html" in told
    assert "came too slowly" in told


def test_an_unfinished_head_is_refused_in_the_end(address: str) -> None:
    with connect(address) as client:
        client.sendall(HEAD.encode())
        assert everything(client).startswith(b"HTTP/1.1 408 ")


def test_several_requests_of_one_connection_are_answered_in_turn(address: str) -> None:
    whole = f"{HEAD}Content-Length: {len(BODY)}\r\n\r\n{BODY}"
    with connect(address) as client, requests.Session() as session:
        client.sendall((2 * whole + whole.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n")).encode())
        assert everything(client).count(b"HTTP/1.1 200") == 3
        assert [session.get(f"{address}{V1}/models", timeout=30).status_code for _ in range(3)] == [200] * 3


def test_clients_that_do_not_hang_up_keep_nobody_waiting(address: str) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            client = stack.enter_context(connect(address))
            client.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            assert client.recv(1000).startswith(b"HTTP/1.1 200")
        assert time_of_a_quick_one(address) < 1.5


@pytest.fixture(scope="module")
def patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server that waits longer for its clients than the tests take."""
    pace = {"BODY_GRACE_S": "60", "ANSWER_STALL_S": "60", "STOP_GRACE_S": "1"}
    with running_app(tmp_path_factory.mktemp("patient"), WEB_THREADS=str(THREADS), **pace) as running:
        yield running


def longest_wait_s(address: str, for_s: float = 4.0) -> float:
    """The longest that anybody waited for a sign of life and for a page, over some seconds."""
    waits, until = [], time.monotonic() + for_s
    while time.monotonic() < until:
        started = time.perf_counter()
        assert requests.get(f"{address}/health/live", timeout=30).json() == {"status": "ok"}
        waits += [time.perf_counter() - started, time_of_a_quick_one(address)]
    return max(waits)


def test_forty_bodies_that_never_end_keep_nobody_waiting(patient: str) -> None:
    forms = "POST /emotion_predict HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    chunked = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\n{BODY[:4]}\r\n"
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(patient)) for _ in range(40)]
        for number, client in enumerate(slow):
            client.sendall([UNFINISHED, f"{forms}Content-Length: 9000\r\n\r\n--x\r\n", chunked][number % 3].encode())
        assert longest_wait_s(patient) < 2
        for number, client in enumerate(slow):  # none of them was given up
            client.sendall(f"{BODY[4:]}".encode() if number % 3 == 0 else b"")
        assert all(client.recv(1000).startswith(b"HTTP/1.1 200") for client in slow[::3])


def test_twenty_clients_that_take_no_answer_keep_nobody_waiting(patient: str) -> None:
    large = b"GET /static/samples/call.ogg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(connect(patient)).sendall(100 * large)
        assert longest_wait_s(patient) < 2


def test_signs_of_life_that_nobody_takes_keep_no_other_waiting(patient: str) -> None:
    asked = b"GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with ExitStack() as stack:
        for _ in range(4):
            client = stack.enter_context(connect(patient))
            client.settimeout(0.5)
            with suppress(TimeoutError):
                client.sendall(20_000 * asked)
        assert longest_wait_s(patient) < 4


def test_a_body_that_does_not_say_how_long_it_is_is_cut_off(address: str) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(200):
            yield b" " * 16384

    sent = requests.post(
        f"{address}{V1}/texts", data=endless(), headers={"Content-Type": "application/json"}, timeout=60
    )
    assert (sent.status_code, sent.json()["code"]) == (413, "body_too_large")
