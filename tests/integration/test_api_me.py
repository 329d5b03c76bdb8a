"""What a program sees, takes away and deletes of its own."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

import pytest

from emotion_clf.settings import Settings
from tests.conftest import running
from tests.support import belongings as made
from tests.support.api import V1, code, key, resources, send_clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """One that asks for tokens."""
    with running(settings.model_copy(update={"auth_required": True})) as app:
        yield app


def held(client: FlaskClient, headers: dict[str, str]) -> dict[str, int]:
    told = client.get(f"{V1}/me", headers=headers).get_json()["holdings"]
    return {holding["kind"]: holding["count"] for holding in told if holding["count"]}


def test_a_key_hears_who_it_is_and_what_is_stored_of_it(app: Flask, client: FlaskClient) -> None:
    mine, other = key(app, "read", "write"), key(app)
    send_clip(client, other)
    for _ in range(2):
        send_clip(client, {**mine, "Idempotency-Key": "once"})
    told = client.get(f"{V1}/me", headers=mine).get_json()
    assert told["scopes"] == ["read", "write"]
    assert told["owner"] in {found.owner for found in resources(app).keys.all()}
    assert held(client, mine) == {"clips": 1, "answers": 1}
    clips = told["holdings"][0]
    assert (clips["kind"], clips["count"]) == ("clips", 1)
    assert clips["gone_by"].endswith("Z")


def test_an_export_is_this_keys_and_comes_in_pieces(app: Flask, client: FlaskClient) -> None:
    mine, other = key(app), key(app)
    owner = client.get(f"{V1}/me", headers=mine).get_json()["owner"]
    theirs = send_clip(client, other).get_json()["id"]
    ids = made.everything(app, owner)
    sent = client.get(f"{V1}/me/export", headers=mine)
    assert (sent.status_code, sent.mimetype) == (200, "application/zip")
    assert sent.content_length is None
    assert "ETag" not in sent.headers
    with zipfile.ZipFile(io.BytesIO(sent.data)) as zipped:
        names = " ".join(zipped.namelist())
    assert all(each in names for each in ids)
    assert theirs not in names
    assert "accounts.json" in names


def test_deleting_everything_may_be_sent_again_and_leaves_others_alone(app: Flask, client: FlaskClient) -> None:
    mine, other = key(app), key(app)
    owner = client.get(f"{V1}/me", headers=mine).get_json()["owner"]
    made.everything(app, owner)
    send_clip(client, other)
    for _ in range(2):
        assert client.delete(f"{V1}/me/data", headers=mine).status_code == 204
        assert held(client, mine) == {}
    assert held(client, other) == {"clips": 1}
    assert send_clip(client, mine).status_code == 201  # the key still counts


def test_each_takes_its_scope(app: Flask, client: FlaskClient) -> None:
    reader, writer = key(app, "read"), key(app, "write")
    for path in ("/me", "/me/export"):
        assert code(client.get(V1 + path)) == "token_missing"
        assert code(client.get(V1 + path, headers=writer)) == "scope_missing"
    assert code(client.delete(f"{V1}/me/data")) == "token_missing"
    assert code(client.delete(f"{V1}/me/data", headers=reader)) == "scope_missing"
