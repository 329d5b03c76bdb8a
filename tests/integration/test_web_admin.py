"""Signing in and out, and the guard before the administrators' pages."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import BusyError
from emotion_clf.web.attempts import FREE_FAILURES, FREE_FAILURES_OF_AN_ADDRESS, Attempts, TooManyAttemptsError
from emotion_clf.web.signed_in import SIGNED_IN_S
from tests.support.admins import NAME, PASSWORD, sign_in, signed_in_client, submit, token_of
from tests.support.web import BROWSER, JSON

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

WRONG = "not the password"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def admin_client(app: Flask) -> FlaskClient:
    return signed_in_client(app)


def test_without_an_administrator_the_page_says_how_to_make_one(client: FlaskClient) -> None:
    page = client.get("/admin/login", headers=BROWSER).get_data(as_text=True)
    assert "emotion-clf admin create NAME" in page
    assert 'type="password"' not in page
    for name, password in (("admin", "admin"), ("admin", ""), ("", "")):
        refused = client.post("/admin/login", json={"name": name, "password": password}, headers=JSON)
        assert refused.status_code == 401


def test_signing_in_begins_a_new_session(app: Flask, client: FlaskClient) -> None:
    app.extensions["emotion_clf"].admins.create(NAME, PASSWORD)
    with client.session_transaction() as session:
        session["visitor"] = "v" * 32
        session["planted"] = "by somebody else"
    before = token_of(client.get("/admin/login", headers=BROWSER))
    answer = sign_in(client)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin")
    page = client.get("/admin", headers=BROWSER)
    assert f"Signed in as <strong>{NAME}</strong>" in page.get_data(as_text=True)
    stale = client.post("/admin/logout", data={"csrf_token": before}, headers=BROWSER)
    assert stale.status_code == 400
    with client.session_transaction() as session:
        assert session["visitor"] == "v" * 32
        assert "planted" not in session


def test_a_wrong_name_and_a_wrong_password_look_the_same(app: Flask, client: FlaskClient) -> None:
    app.extensions["emotion_clf"].admins.create(NAME, PASSWORD)
    bodies = []
    for name, password in ((NAME, WRONG), ("nobody", PASSWORD)):
        answer = sign_in(client, name, password)
        assert answer.status_code == 401
        bodies.append(answer.get_data(as_text=True).split('role="alert"')[1])
        assert password not in answer.get_data(as_text=True)
        assert client.get("/admin", headers=BROWSER).status_code == 303
    assert bodies[0] == bodies[1]
    assert "The name or the password is wrong" in bodies[0]


def test_guessing_takes_longer_and_longer(app: Flask, client: FlaskClient) -> None:
    clock = Clock()
    app.extensions["emotion_clf_attempts"] = Attempts(clock)
    app.extensions["emotion_clf"].admins.create(NAME, PASSWORD)
    for _ in range(FREE_FAILURES):
        assert sign_in(client, password=WRONG).status_code == 401
    refused = sign_in(client)
    assert refused.status_code == 429
    wait_s = int(refused.headers["Retry-After"])
    assert wait_s >= 10
    assert "Try again in" in refused.get_data(as_text=True)
    clock.now_s += wait_s
    assert sign_in(client, password=WRONG).status_code == 401
    assert int(sign_in(client).headers["Retry-After"]) == 2 * wait_s
    clock.now_s += 2 * wait_s
    assert sign_in(client).status_code == 303


def test_attempts_are_counted_by_name_and_by_address() -> None:
    clock = Clock()
    attempts = Attempts(clock)

    def fail(name: str, address: str) -> None:
        with attempts.attempt(name, address):
            pass

    for _ in range(FREE_FAILURES):
        fail("ada", "192.0.2.1")
    with pytest.raises(TooManyAttemptsError):
        fail("ADA", "192.0.2.1")
    fail("ada", "192.0.2.2")  # somebody else's guesses do not shut the real one out
    for number in range(FREE_FAILURES_OF_AN_ADDRESS):
        fail(f"name {number}", "192.0.2.3")
    with pytest.raises(TooManyAttemptsError):
        fail("a fresh name", "192.0.2.3")
    clock.now_s += 3600
    with attempts.attempt("ada", "192.0.2.1") as succeeded:
        succeeded()
    for _ in range(FREE_FAILURES):
        fail("ada", "192.0.2.1")  # a success began the count anew


def test_one_check_at_a_time_and_no_endless_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("emotion_clf.web.attempts._PATIENCE_S", 0.05)
    attempts = Attempts()
    with attempts.attempt("ada", "192.0.2.1"), pytest.raises(BusyError), attempts.attempt("bob", "192.0.2.2"):
        pass


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("/admin/jobs/abc", "/admin/jobs/abc"),
        ("/admin?state=failed", "/admin?state=failed"),
        ("https://evil.test/", "/admin"),
        ("//evil.test/admin", "/admin"),
        ("/\\evil.test", "/admin"),
        ("/admin/\\evil.test", "/admin"),
        ("/administrators", "/admin"),
        ("javascript:alert(1)", "/admin"),
    ],
)
def test_after_signing_in_one_stays_here(app: Flask, client: FlaskClient, asked: str, expected: str) -> None:
    app.extensions["emotion_clf"].admins.create(NAME, PASSWORD)
    token = token_of(client.get("/admin/login", headers=BROWSER))
    fields = {"csrf_token": token, "name": NAME, "password": PASSWORD}
    answer = client.post("/admin/login", query_string={"next": asked}, data=fields, headers=BROWSER)
    assert (answer.status_code, answer.headers["Location"]) == (303, expected)


def test_strangers_see_nothing_of_the_administrators(app: Flask) -> None:
    found = 0
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/admin") or rule.endpoint in {"admin.login", "admin.enter", "admin.leave"}:
            continue
        found += 1
        client = app.test_client()
        values = {"job_id": "0" * 32, "form": "vtt"}
        method = "POST" if "POST" in (rule.methods or ()) else "GET"
        address = app.url_map.bind("localhost").build(
            rule.endpoint, {name: values[name] for name in rule.arguments}, method=method
        )
        refused = client.open(address, method=method, headers=JSON)
        assert (refused.status_code, refused.get_json()["code"]) == (401, "sign_in_needed"), address
        if method == "GET":
            turned = client.get(address, headers=BROWSER)
            assert turned.status_code == 303, address
            assert turned.headers["Location"].startswith("/admin/login?next="), address
    assert found >= 10


def test_signing_out_ends_it(admin_client: FlaskClient) -> None:
    answer = submit(admin_client, "/admin/logout", form="/admin")
    assert answer.status_code == 303
    assert "Signed out" in admin_client.get(answer.headers["Location"], headers=BROWSER).get_data(as_text=True)
    assert admin_client.get("/admin", headers=JSON).status_code == 401


def test_a_session_ends_by_itself(admin_client: FlaskClient) -> None:
    with admin_client.session_transaction() as session:
        session["admin_since"] = int(time.time()) - SIGNED_IN_S
    assert admin_client.get("/admin", headers=JSON).status_code == 401


def test_one_who_is_no_administrator_any_more_is_out(admin_client: FlaskClient) -> None:
    with admin_client.session_transaction() as session:
        session["admin"] = "f" * 32
    assert admin_client.get("/admin", headers=JSON).status_code == 401


def test_a_program_may_sign_in(app: Flask, client: FlaskClient) -> None:
    app.extensions["emotion_clf"].admins.create(NAME, PASSWORD)
    answer = client.post("/admin/login", data={"name": NAME, "password": PASSWORD}, headers=JSON)
    assert answer.status_code == 204
    assert client.get("/admin", headers=JSON).get_json()["total"] == 0
