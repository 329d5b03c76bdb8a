"""The browser's side of safety, on every route."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from emotion_clf.settings import Settings
from emotion_clf.web import create_app, markdown
from tests.conftest import running
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, send_json, status

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

ANALYSIS = "0" * 32
VALUES = {
    "analysis_id": ANALYSIS,
    "name": "tiny",
    "filename": "css/app.css",
    "file": "plot.svg",
    "job_id": "0" * 32,
    "form": "vtt",
    "number": "0",
    "token": "0" * 43,
    "share_id": "0" * 32,
}


def addresses(app: Flask) -> list[tuple[str, str]]:
    """Every rule of the application, filled in, with one of its methods."""
    found = []
    with app.test_request_context():
        for rule in app.url_map.iter_rules():
            method = next(each for each in ("POST", "GET", "PUT", "DELETE") if each in (rule.methods or ()))
            values = {name: VALUES[name] for name in rule.arguments}
            found.append((method, app.url_map.bind("localhost").build(rule.endpoint, values, method=method)))
    return found


def test_every_route_carries_the_headers(app: Flask, client: FlaskClient) -> None:
    app.extensions["emotion_clf"].models.warm_up()
    app.extensions["emotion_clf"].text_models.warm_up()
    listed = addresses(app)
    assert len(listed) > 12
    for method, address in [*listed, ("GET", "/nowhere"), ("PUT", "/emotion_predict")]:
        response = client.open(address, method=method)
        response.close()
        headers = response.headers
        policy = dict(rule.strip().split(" ", 1) for rule in headers["Content-Security-Policy"].split(";"))
        assert response.status_code < 500, address
        assert policy["default-src"] == "'none'"
        assert policy["script-src"] == "'self'"
        assert re.fullmatch(r"'self' 'nonce-[\w-]{20,}'", policy["style-src"])
        assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert policy["form-action"] == "'self'"
        assert policy["media-src"] == policy["worker-src"] == "'self' blob:"
        assert headers["X-Content-Type-Options"] == "nosniff"
        # The address of a shared call is its key, so no other page may learn it.
        assert headers["Referrer-Policy"] == ("no-referrer" if "/share" in address else "same-origin")
        assert headers["Permissions-Policy"].startswith("microphone=(self)")
        assert "Strict-Transport-Security" not in headers
        assert "static" in address or headers["Cache-Control"] == "no-store"
        assert "Access-Control-Allow-Origin" not in headers


def test_nonces_are_never_used_twice(client: FlaskClient) -> None:
    policies = {client.get("/").headers["Content-Security-Policy"] for _ in range(5)}
    assert len(policies) == 5


def test_pages_hold_nothing_the_policy_would_stop(app: Flask, client: FlaskClient) -> None:
    shown = send_json(client, wav(voice(1.0))).get_json()["permalink"]
    for address in ("/", "/emotion", "/text", "/admin/login", "/models", "/models/tiny", "/privacy", "/nowhere", shown):
        text = client.get(address, headers=BROWSER).get_data(as_text=True)
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), address
        assert not re.search(r"\sstyle=", text), address
        assert not re.search(r"\son\w+=", text), address
        assert not re.search(r'(src|href)="(https?:)?//', text.replace("http://localhost", "")), address
        for asset in re.findall(r'(?:src|href)="(/[^"#?]*)', text):
            assert status(client, asset) == 200, asset


def test_every_state_change_needs_a_token(app: Flask, client: FlaskClient) -> None:
    posts = [address for method, address in addresses(app) if method == "POST"]
    assert len(posts) >= 2
    for address in posts:
        if address.startswith("/api/"):
            # No cookie counts there, and no other site's page is listened to.
            foreign = client.post(address, headers={**JSON, "Origin": "https://evil.test"})
            assert foreign.status_code == 403 or "/auth/" in address, address
            continue
        assert client.post(address, headers=BROWSER).status_code == 400, address
        assert client.post(address, headers={**JSON, "Origin": "https://evil.test"}).status_code == 400, address


def test_get_never_changes_anything(app: Flask, client: FlaskClient) -> None:
    answer = send_json(client, wav(voice(1.0))).get_json()
    assert client.get(f"{answer['permalink']}/delete").status_code == 405
    assert client.get("/emotion_predict").status_code == 405
    assert client.get(answer["permalink"]).status_code == 200


def test_https_makes_the_cookie_a_host_cookie_and_promises_https(tiny_models: Path) -> None:
    with running(Settings(models_dir=tiny_models, model="tiny", https=True)) as app:
        client = app.test_client()
        response = client.get("/emotion", base_url="https://localhost")
        (cookie,) = response.headers.getlist("Set-Cookie")
        assert cookie.startswith("__Host-emotion-clf=")
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
        assert "Domain" not in cookie
        assert response.headers["Strict-Transport-Security"] == "max-age=63072000; includeSubDomains"
        assert "upgrade-insecure-requests" in response.headers["Content-Security-Policy"]


def test_only_our_own_names_are_answered_on_a_loopback_address(client: FlaskClient) -> None:
    for name, expected in (("localhost", 200), ("127.0.0.1:8000", 200), ("evil.test", 400)):
        assert client.get("/", headers={"Host": name}).status_code == expected, name
    refused = client.get("/", headers={"Host": "evil.test", **JSON})
    assert refused.get_json()["code"] == "unknown_host"


@pytest.mark.parametrize(
    ("options", "name", "status"),
    [
        ({"host": "0.0.0.0"}, "any.test", 200),  # noqa: S104
        ({"host": "0.0.0.0", "trusted_hosts": ["good.test"]}, "any.test", 400),  # noqa: S104
        ({"trusted_hosts": ["good.test"]}, "good.test", 200),
    ],
)
def test_trusted_hosts(tiny_models: Path, options: dict[str, object], name: str, status: int) -> None:
    app = create_app(Settings(models_dir=tiny_models, model="tiny", **options))  # type: ignore[arg-type]
    assert app.test_client().get("/", headers={"Host": name}).status_code == status


def test_a_proxy_is_believed_only_where_there_is_one(tiny_models: Path) -> None:
    for hops, scheme in ((0, "http"), (1, "https")):
        app = create_app(Settings(models_dir=tiny_models, model="tiny", proxy_hops=hops))
        app.add_url_rule("/scheme", view_func=lambda: __import__("flask").request.scheme)
        seen = app.test_client().get("/scheme", headers={"X-Forwarded-Proto": "https"})
        assert seen.get_data(as_text=True) == scheme


def test_the_session_key_is_made_once_and_kept_private(tiny_models: Path, tmp_path: Path) -> None:
    def key(**options: object) -> object:
        return create_app(Settings(models_dir=tiny_models, model="tiny", **options)).config["SECRET_KEY"]  # type: ignore[arg-type]

    first = key()
    assert isinstance(first, str)
    assert len(first) == 64
    assert key() == first
    kept = tmp_path / "instance" / "secret_key"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]
    assert key(instance_dir=tmp_path / "other") != first
    assert key(secret_key="x" * 32) == "x" * 32


def test_unexpected_faults_are_one_sentence_and_no_trace(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("emotion_clf.web.pages.render_template", lambda *_, **__: fail())
    response = app.test_client().get("/privacy", headers=JSON)
    assert (response.status_code, response.get_json()["code"]) == (500, "internal_error")
    assert "secret" not in response.get_data(as_text=True)


def test_other_http_errors_have_the_same_shape(client: FlaskClient) -> None:
    refused = client.put("/emotion_predict", headers=JSON)
    assert (refused.status_code, refused.get_json()["code"]) == (405, "method_not_allowed")
    page = client.put("/emotion_predict", headers=BROWSER)
    assert (page.status_code, page.mimetype) == (405, "text/html")
    missing = client.get("/nowhere", headers=JSON)
    assert (missing.status_code, missing.get_json()["code"]) == (404, "not_found")


def test_a_model_card_cannot_bring_its_own_html() -> None:
    shown = str(markdown.render("<script>alert(1)</script> [x](javascript:alert(1))\n\n| a |\n| - |\n| 1 |\n"))
    assert "<script" not in shown
    assert 'href="javascript' not in shown
    assert '<div class="card-table" tabindex="0"' in shown
