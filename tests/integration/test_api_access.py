from __future__ import annotations

import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from emotion_clf.api import tokens
from emotion_clf.api.guard import PUBLIC
from emotion_clf.errors import StorageError
from emotion_clf.settings import Settings
from emotion_clf.storage import AdminStore
from tests.conftest import running
from tests.support.admins import sign_in
from tests.support.api import CLIP, V1, admin, code, key, resources, send_clip
from tests.support.redis import running_redis
from tests.support.web import send_html, send_json

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

OPEN_TO_ALL = {"api_auth.token", "api_auth.refresh", "api_auth.revoke"}
JSON = {"Accept": "application/json"}
PAGES_TO_SIGN_IN = {"admin.login", "admin.enter", "admin.leave"}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def pair(app: Flask, *scopes: str) -> dict[str, Any]:
    with app.app_context():
        return tokens.issue(admin(app), scopes or ("read", "write", "admin"))


def forged(app: Flask, secret: Any = None, algorithm: str = "HS256", **changed: Any) -> str:
    """An access token made by hand; a claim that is None is left out."""
    now = datetime.now(UTC)
    claims = {
        "sub": admin(app),
        "scopes": ["read"],
        "type": "access",
        "jti": "1",
        "iss": tokens.ISSUER,
        "aud": tokens.AUDIENCE,
        "iat": now,
        "nbf": now,
        "exp": now + timedelta(minutes=5),
        "fresh": False,
        **changed,
    }
    kept = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(kept, app.config["JWT_SECRET_KEY"] if secret is None else secret, algorithm=algorithm)


def test_every_rule_of_the_api_and_of_administrators_has_a_guard(strict: Flask) -> None:
    client = strict.test_client()
    checked = 0
    for rule in strict.url_map.iter_rules():
        if not rule.rule.startswith(("/api", "/admin")) or rule.endpoint in OPEN_TO_ALL | PAGES_TO_SIGN_IN:
            continue
        values = {**dict.fromkeys(rule.arguments, "1"), "form": "vtt"}
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        address = strict.url_map.bind("localhost").build(
            rule.endpoint, {name: values[name] for name in rule.arguments}, method
        )
        for method in (rule.methods or set()) - {"OPTIONS"}:
            sent = client.open(address, method=method, headers={"Accept": "application/json"})
            assert sent.status_code == 401, (method, address)
            checked += 1
    assert checked > 30


def test_every_address_of_the_api_names_its_scope(strict: Flask) -> None:
    scopes = {
        rule.endpoint: getattr(strict.view_functions[rule.endpoint], "api_scope", None)
        for rule in strict.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert set(scopes.values()) == {"read", "write", "admin", PUBLIC}
    assert {endpoint for endpoint, scope in scopes.items() if scope == PUBLIC} == OPEN_TO_ALL


def test_an_open_server_is_one_that_others_cannot_reach(tmp_path: Path) -> None:
    assert not Settings().asks_for_tokens
    assert Settings(host="0.0.0.0").asks_for_tokens  # noqa: S104 - nothing listens
    assert Settings(auth_required=True).asks_for_tokens
    assert not Settings(host="192.0.2.1", auth_required=False).asks_for_tokens


def test_a_key_does_what_its_scopes_say_and_no_more(strict: Flask, asker: FlaskClient) -> None:
    reader = key(strict, "read")
    assert asker.get(f"{V1}/models", headers=reader).status_code == 200
    refused = asker.post(f"{V1}/texts", json={"text": "Good."}, headers=reader)
    assert (refused.status_code, code(refused)) == (403, "scope_missing")
    writer = key(strict, "read", "write")
    assert asker.post(f"{V1}/texts", json={"text": "Good."}, headers=writer).status_code == 200
    fetching = asker.post(f"{V1}/urls", json={"url": "https://youtu.be/dQw4w9WgXcQ"}, headers=writer)
    assert code(fetching) == "scope_missing"


def test_a_key_is_taken_as_a_bearer_too_and_not_once_it_is_revoked(strict: Flask, asker: FlaskClient) -> None:
    made, secret = resources(strict).keys.create("loader", ["read"])
    assert asker.get(f"{V1}/models", headers=bearer(secret)).status_code == 200
    assert secret not in repr(resources(strict).keys.all())
    resources(strict).keys.revoke(made.name)
    refused = asker.get(f"{V1}/models", headers=bearer(secret))
    assert (refused.status_code, code(refused)) == (401, "token_invalid")
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]


def test_a_name_and_a_password_are_good_for_tokens(strict: Flask, asker: FlaskClient) -> None:
    password = "a horse, a battery & a staple"
    AdminStore(strict.extensions["emotion_clf"].database).create("ada", password)
    wrong = asker.post(f"{V1}/auth/token", json={"name": "ada", "password": "not that one"})
    unknown = asker.post(f"{V1}/auth/token", json={"name": "bob", "password": "not that one"})
    assert wrong.status_code == unknown.status_code == 401
    assert {**wrong.get_json(), "request_id": ""} == {**unknown.get_json(), "request_id": ""}
    assert code(wrong) == "credentials_wrong"
    assert wrong.headers["WWW-Authenticate"].startswith("Bearer")
    asked = {"name": "Ada", "password": password, "scopes": ["read"]}
    given = asker.post(f"{V1}/auth/token", json=asked).get_json()
    assert (given["expires_in"], given["scopes"]) == (900, ["read"])
    assert asker.get(f"{V1}/models", headers=bearer(given["access_token"])).status_code == 200
    refused = asker.post(f"{V1}/texts", json={"text": "Good."}, headers=bearer(given["access_token"]))
    assert code(refused) == "scope_missing"


def test_a_refresh_token_is_used_up_and_opens_nothing_else(strict: Flask, asker: FlaskClient) -> None:
    given = pair(strict, "read")
    assert code(asker.get(f"{V1}/models", headers=bearer(given["refresh_token"]))) == "token_invalid"
    assert code(asker.post(f"{V1}/auth/refresh", json={"refresh_token": given["access_token"]})) == "token_invalid"
    renewed = asker.post(f"{V1}/auth/refresh", json={"refresh_token": given["refresh_token"]}).get_json()
    assert renewed["scopes"] == ["read"]
    assert asker.get(f"{V1}/models", headers=bearer(renewed["access_token"])).status_code == 200
    again = asker.post(f"{V1}/auth/refresh", json={"refresh_token": given["refresh_token"]})
    assert (again.status_code, code(again)) == (401, "token_revoked")


def test_of_many_who_use_up_one_refresh_token_at_once_one_gets_new_ones(strict: Flask) -> None:
    token, gate = pair(strict)["refresh_token"], threading.Barrier(4)

    def use_up() -> int:
        gate.wait()
        return strict.test_client().post(f"{V1}/auth/refresh", json={"refresh_token": token}).status_code

    with ThreadPoolExecutor(4) as threads:
        statuses = [done.result() for done in [threads.submit(use_up) for _ in range(4)]]
    assert sorted(statuses) == [200, 401, 401, 401]


def test_a_revoked_token_counts_no_more(strict: Flask, asker: FlaskClient) -> None:
    token = pair(strict)["access_token"]
    assert asker.get(f"{V1}/models", headers=bearer(token)).status_code == 200
    for _ in range(2):
        assert asker.post(f"{V1}/auth/revoke", json={"token": token}).status_code == 204
    assert code(asker.get(f"{V1}/models", headers=bearer(token))) == "token_revoked"


def test_a_token_whose_administrator_is_gone_counts_no_more(strict: Flask, asker: FlaskClient) -> None:
    assert code(asker.get(f"{V1}/models", headers=bearer(forged(strict, sub="0" * 32)))) == "token_invalid"


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody-else"},
        {"iss": None},
        {"aud": "another/api"},
        {"aud": None},
        {"type": "refresh"},
        {"exp": None},
        {"nbf": datetime(2999, 1, 1, tzinfo=UTC)},
        {"scopes": None},
        {"scopes": 1},
        {"sub": None},
    ],
    ids=str,
)
def test_a_token_that_says_something_else_is_refused(
    strict: Flask, asker: FlaskClient, changed: dict[str, Any]
) -> None:
    assert asker.get(f"{V1}/models", headers=bearer(forged(strict))).status_code == 200
    refused = asker.get(f"{V1}/models", headers=bearer(forged(strict, **changed)))
    assert (refused.status_code, code(refused)) == (401, "token_invalid")


def test_a_token_whose_time_is_over_is_refused(strict: Flask, asker: FlaskClient) -> None:
    over = forged(strict, exp=datetime.now(UTC) - timedelta(seconds=1))
    assert code(asker.get(f"{V1}/models", headers=bearer(over))) == "token_expired"


def test_a_token_that_somebody_else_signed_is_refused(strict: Flask, asker: FlaskClient) -> None:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    session_key = strict.config["SECRET_KEY"]
    for token in (
        forged(strict, secret="another key of at least 32 characters"),
        forged(strict, secret="", algorithm="none"),
        forged(strict, secret=session_key),
        forged(strict, algorithm="HS512", secret=strict.config["JWT_SECRET_KEY"] * 2),
        forged(strict, secret=pem, algorithm="RS256"),
        forged(strict) + "x",
        "x.y.z",
        "eclf_unknown",
    ):
        refused = asker.get(f"{V1}/models", headers=bearer(token))
        assert (refused.status_code, code(refused)) == (401, "token_invalid")


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "Bearer  ", "token"])
def test_other_ways_of_showing_who_one_is_are_refused(asker: FlaskClient, header: str) -> None:
    assert code(asker.get(f"{V1}/models", headers={"Authorization": header})) == "token_invalid"


def test_a_browsers_cookie_opens_nothing(strict: Flask) -> None:
    from tests.support.admins import signed_in_client

    refused = signed_in_client(strict).get(f"{V1}/jobs")
    assert (refused.status_code, code(refused)) == (401, "token_missing")
    assert "Set-Cookie" not in refused.headers


def test_what_belongs_to_one_is_not_there_for_another(strict: Flask, asker: FlaskClient) -> None:
    mine, other = key(strict), key(strict)
    analysis = send_clip(asker, mine).headers["Location"]
    asked = asker.post(f"{V1}/urls", json={"url": "https://youtu.be/dQw4w9WgXcQ"}, headers=mine)
    job = asked.headers["Location"]
    for address in (analysis, job):
        assert asker.get(address, headers=mine).status_code == 200
        for method, sub in (("GET", ""), ("DELETE", "")):
            assert asker.open(address + sub, method=method, headers=other).status_code == 404
    for sub in ("/result", "/cancel", "/retry"):
        method = "GET" if sub == "/result" else "POST"
        body = {"json": {}} if sub == "/retry" else {}
        assert asker.open(job + sub, method=method, headers=other, **body).status_code == 404
    assert asker.get(f"{V1}/jobs", headers=other).get_json()["total"] == 0
    assert asker.get(f"{V1}/analyses", headers=other).get_json()["total"] == 0
    assert asker.get(f"{V1}/jobs", headers=mine).get_json()["total"] == 1


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
def test_no_page_of_another_site_uses_an_open_server(client: FlaskClient, headers: dict[str, str]) -> None:
    refused = send_clip(client, headers)
    assert (refused.status_code, code(refused)) == (403, "foreign_page")
    assert send_clip(client, {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}).status_code == 201


def test_too_many_requests_are_told_when_to_come_back(settings: Settings) -> None:
    with running(settings.model_copy(update={"auth_required": True, "rate_limit_uploads": "2 per minute"})) as app:
        client, first, second = app.test_client(), key(app), key(app)
        sent = [send_clip(client, first) for _ in range(3)]
        assert [each.status_code for each in sent] == [201, 201, 429]
        assert sent[0].headers["RateLimit"].startswith('"uploads";r=1;t=')
        assert sent[0].headers["RateLimit-Policy"] == '"uploads";q=2;w=60'
        assert code(sent[2]) == "rate_limited"
        assert 0 < int(sent[2].headers["Retry-After"]) <= 60
        assert send_clip(client, second).status_code == 201
        assert client.get(f"{V1}/models", headers=first).status_code == 200


def test_each_clip_of_a_batch_counts(settings: Settings) -> None:
    with running(settings.model_copy(update={"auth_required": True, "rate_limit_uploads": "3 per minute"})) as app:
        client, shown = app.test_client(), key(app)
        files = [(io.BytesIO(CLIP), "a.wav"), (io.BytesIO(CLIP), "b.wav")]
        assert client.post(f"{V1}/clips/batch", data={"files": files}, headers=shown).status_code == 200
        files = [(io.BytesIO(CLIP), "a.wav"), (io.BytesIO(CLIP), "b.wav")]
        assert code(client.post(f"{V1}/clips/batch", data={"files": files}, headers=shown)) == "rate_limited"
        assert client.get(f"{V1}/analyses", headers=shown).get_json()["total"] == 2


def test_counters_that_cannot_be_reached_stop_nobody(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    changed = {"auth_required": True, "rate_limit_storage": "redis://127.0.0.1:1/0"}
    with running(settings.model_copy(update=changed)) as app:
        assert app.test_client().get(f"{V1}/models", headers=key(app)).status_code == 200
    assert "cannot be counted" in caplog.text


@pytest.mark.parametrize("url", ["nothing://", "somewhere"])
def test_an_address_of_counters_that_makes_no_sense_is_told_at_the_start(settings: Settings, url: str) -> None:
    with (
        pytest.raises(StorageError, match="RATE_LIMIT_STORAGE"),
        running(settings.model_copy(update={"rate_limit_storage": url})),
    ):
        pass


def test_guesses_of_one_address_are_limited_whatever_is_guessed(settings: Settings) -> None:
    changed = {"auth_required": True, "rate_limit_requests": "5 per minute", "rate_limit_logins": "2 per minute"}
    with running(settings.model_copy(update=changed)) as app:
        client = app.test_client()
        found = [client.get(f"{V1}/models", headers=bearer(f"eclf_{n}")).status_code for n in range(7)]
        assert found == [401] * 5 + [429] * 2
        other = {"REMOTE_ADDR": "192.0.2.7"}
        asked = [
            client.post(f"{V1}/auth/refresh", json={"refresh_token": "x"}, environ_overrides=other) for _ in range(3)
        ]
        assert [each.status_code for each in asked] == [401, 401, 429]


def test_sign_ins_and_requests_for_tokens_share_a_bucket(settings: Settings) -> None:
    with running(settings.model_copy(update={"auth_required": True, "rate_limit_logins": "2 per minute"})) as app:
        AdminStore(app.extensions["emotion_clf"].database).create("ada", "a horse, a battery & a staple")
        client = app.test_client()
        assert client.post(f"{V1}/auth/token", json={"name": "ada", "password": "x"}).status_code == 401
        told = {"json": {"name": "ada", "password": "x"}, "headers": {"Accept": "application/json"}}
        sent = [client.post("/admin/login", **told), client.post("/admin/login", **told), sign_in(client, "ada", "x")]
        assert [each.status_code for each in sent] == [401, 429, 429]
        assert 0 < int(sent[1].headers["Retry-After"]) <= 60
        assert code(sent[1]) == "rate_limited"
        assert "Try again in" in sent[2].get_data(as_text=True)


def test_pages_that_strangers_reach_have_the_same_limits(settings: Settings) -> None:
    changed = {"auth_required": True, "rate_limit_uploads": "2 per minute", "rate_limit_requests": "1 per minute"}
    with running(settings.model_copy(update=changed)) as app:
        client = app.test_client()
        short = {"data": {"file": (io.BytesIO(CLIP), "clip.wav")}, "headers": {"Accept": "application/json"}}
        sent = [send_json(client, CLIP), client.post("/predict", **short), send_json(client, CLIP)]
        assert [each.status_code for each in sent] == [200, 200, 429]
        assert sent[0].headers["RateLimit"].startswith('"uploads";r=1;t=')
        assert code(sent[2]) == "rate_limited"
        elsewhere = {"environ_overrides": {"REMOTE_ADDR": "192.0.2.7"}}
        assert app.test_client().post("/predict", json={"text": "Good."}, **elsewhere).status_code == 200
        assert app.test_client().post("/predict", json={"text": "Good."}, **elsewhere).status_code == 429
        page = send_html(client, CLIP)
        assert (page.status_code, page.mimetype) == (429, "text/html")
        assert client.get("/emotion").status_code == 200


def test_explanations_that_strangers_ask_for_are_limited(settings: Settings) -> None:
    with running(settings.model_copy(update={"auth_required": True, "rate_limit_explanations": "2 per hour"})) as app:
        client = app.test_client()
        two = {"text": "I am so happy. The bus is late."}
        sent = [client.post("/text", json={**two, "why": 0}, headers=JSON) for _ in range(3)]
        assert [each.status_code for each in sent] == [200, 200, 429]
        assert code(sent[2]) == "rate_limited"
        assert "explanations" in sent[2].get_json()["detail"]
        assert client.post("/text", json=two, headers=JSON).status_code == 200
        heard = send_json(client, CLIP).get_json()
        refused = client.post(
            f"/analyses/{heard['id']}/why", data={"audio": (io.BytesIO(CLIP), "clip.wav")}, headers=JSON
        )
        assert refused.status_code == 429


def test_two_processes_count_together_where_they_share_a_storage(settings: Settings) -> None:
    with contextmanager(running_redis)() as url:
        changed = {"auth_required": True, "rate_limit_requests": "3 per minute", "rate_limit_storage": url}
        with running(settings.model_copy(update=changed)) as one, running(settings.model_copy(update=changed)) as two:
            shown = key(one)
            found = [app.test_client().get(f"{V1}/models", headers=shown).status_code for app in (one, two, one, two)]
            assert found == [200, 200, 200, 429]


def test_an_answer_does_not_wait_for_a_password_check_of_an_unknown_body(asker: FlaskClient) -> None:
    started = time.perf_counter()
    for data, kind, wanted in (
        (b"{" * 70_000, "application/json", 413),
        (b"{", "application/json", 400),
        (b"name=ada", "application/x-www-form-urlencoded", 415),
        (b"[]", "application/json", 422),
        (b"[" * 60_000, "application/json", 400),
        (b'{"name": "a", "password": "\\ud800"}', "application/json", 422),
    ):
        refused = asker.post(f"{V1}/auth/token", data=io.BytesIO(data), content_type=kind, content_length=len(data))
        assert refused.status_code == wanted
        code(refused)
    assert time.perf_counter() - started < 5
