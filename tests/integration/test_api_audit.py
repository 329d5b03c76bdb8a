"""What administrators and keys do through the API is noted, and nothing that anybody sent."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from emotion_clf.settings import Settings
from emotion_clf.storage import AdminStore
from emotion_clf.web.audited import ACTS
from tests.conftest import running
from tests.support.admins import NAME, PASSWORD
from tests.support.api import V1, key, resources, send_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

# It changes nothing, and is asked for each sentence somebody types.
UNNOTED = {"api_texts.create"}


def acts(settings: Settings) -> list[tuple[str, str | None, str | None, str]]:
    if not settings.audit_path.exists():
        return []
    lines = [json.loads(line) for line in settings.audit_path.read_text(encoding="utf-8").splitlines()]
    return [(line["action"], line["who"], line["what"], line["outcome"]) for line in lines]


def changing(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every address of the API that changes something: its endpoint, method, and an example."""
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}:
            if rule.rule.startswith("/api/"):
                values: dict[str, Any] = dict.fromkeys(rule.arguments, "1")
                yield rule.endpoint, method, app.url_map.bind("localhost").build(rule.endpoint, values, method)


def test_every_address_that_changes_something_notes_it(strict: Flask, asker: FlaskClient, settings: Settings) -> None:
    shown = key(strict)
    for endpoint, method, address in changing(strict):
        before = len(acts(settings))
        if not endpoint.startswith("api_auth."):
            assert asker.open(address, method=method, headers=shown).status_code < 500
            assert len(acts(settings)) == before + (endpoint not in UNNOTED), (method, address)
        assert endpoint in set(ACTS) | UNNOTED, "name this act in web/audited.py"
    named = {endpoint for endpoint in ACTS if endpoint.startswith("api_")}
    assert named == {endpoint for endpoint, _, _ in changing(strict)} - UNNOTED


def test_what_a_key_does_is_noted_under_its_name(strict: Flask, asker: FlaskClient, settings: Settings) -> None:
    _, secret = resources(strict).keys.create("loader", ["read", "write"])
    shown = {"X-API-Key": secret}
    heard = send_clip(asker, shown, model="tiny")
    made = heard.get_json()["id"]
    assert asker.get(heard.location, headers=shown).status_code == 200
    assert asker.put(f"{heard.location}/feedback", json={"label": None}, headers=shown).status_code == 200
    assert asker.delete(heard.location, headers=shown).status_code == 204
    asked = asker.post(f"{V1}/urls", json={"url": "https://youtu.be/planted"}, headers=shown)
    assert asked.status_code == 403
    assert acts(settings) == [
        ("hear clip", "key loader", made, "done"),
        ("give feedback", "key loader", made, "done"),
        ("delete analysis", "key loader", made, "done"),
        ("create job", "key loader", None, "scope_missing"),
    ]
    told = settings.audit_path.read_text(encoding="utf-8")
    assert "planted" not in told
    assert secret not in told


def test_what_an_administrator_does_by_token_is_noted_under_their_name(
    strict: Flask, asker: FlaskClient, settings: Settings
) -> None:
    AdminStore(strict.extensions["emotion_clf"].database).create(NAME, PASSWORD)
    asker.post(f"{V1}/auth/token", json={"name": NAME, "password": "a wrong password, planted"})
    asker.post(f"{V1}/auth/token", json={"name": "a password, planted", "password": "x"})
    given = asker.post(f"{V1}/auth/token", json={"name": NAME, "password": PASSWORD}).get_json()
    shown = {"Authorization": f"Bearer {given['access_token']}"}
    made = asker.post(f"{V1}/urls", json={"url": "https://youtu.be/dQw4w9WgXcQ"}, headers=shown).get_json()["id"]
    job = f"{V1}/jobs/{made}"
    assert asker.post(f"{job}/cancel", headers=shown).status_code == 200
    assert asker.post(f"{job}/retry", json={}, headers=shown).status_code == 202
    assert asker.delete(job, headers=shown).status_code == 204
    renewed = asker.post(f"{V1}/auth/refresh", json={"refresh_token": given["refresh_token"]}).get_json()
    asker.post(f"{V1}/auth/refresh", json={"refresh_token": given["refresh_token"]})
    asker.post(f"{V1}/auth/refresh", json={"refresh_token": "x.y.planted"})
    assert asker.post(f"{V1}/auth/revoke", json={"token": renewed["access_token"]}).status_code == 204
    assert acts(settings) == [
        ("make tokens", NAME, None, "credentials_wrong"),
        ("make tokens", None, None, "credentials_wrong"),
        ("make tokens", NAME, None, "done"),
        ("create job", NAME, made, "done"),
        ("cancel job", NAME, made, "done"),
        ("retry job", NAME, made, "done"),
        ("delete job", NAME, made, "done"),
        ("refresh tokens", NAME, None, "done"),
        ("refresh tokens", NAME, None, "token_revoked"),
        ("revoke token", NAME, None, "done"),
    ]
    assert "planted" not in settings.audit_path.read_text(encoding="utf-8")


def test_strangers_floods_and_the_machine_itself_leave_no_line(settings: Settings) -> None:
    with running(settings) as app:
        assert send_clip(app.test_client()).status_code == 201
    changed = {"auth_required": True, "rate_limit_uploads": "1 per hour"}
    with running(settings.model_copy(update=changed)) as app:
        client, shown = app.test_client(), key(app)
        assert send_clip(client).status_code == 401
        assert send_clip(client, {"X-API-Key": "eclf_planted"}).status_code == 401
        assert [send_clip(client, shown).status_code for _ in range(3)] == [201, 429, 429]
    assert [outcome for *_, outcome in acts(settings)] == ["done"]
