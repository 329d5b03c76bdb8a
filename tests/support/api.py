"""Talking to the API as programs do."""

from __future__ import annotations

import io
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from emotion_clf.api.resources import Resources
from emotion_clf.storage.tables import AdminRow
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

V1 = "/api/v1"
CLIP = wav(voice(1.0))


def resources(app: Flask) -> Resources:
    found: Resources = app.extensions["emotion_clf_api"]
    return found


def key(app: Flask, *scopes: str) -> dict[str, str]:
    """The header of a new key with these scopes, of all where none is named."""
    _, secret = resources(app).keys.create(secrets.token_hex(4), scopes or ("read", "write", "admin"))
    return {"X-API-Key": secret}


def admin(app: Flask) -> str:
    """The id of a new administrator, whose password nobody knows."""
    row = AdminRow(id=secrets.token_hex(16), name=secrets.token_hex(4), password="", created_at=datetime.now(UTC))
    with app.extensions["emotion_clf"].database.session() as session:
        session.add(row)
    return row.id


def send_clip(client: FlaskClient, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
    """Send a clip of one second."""
    data = {"file": (io.BytesIO(CLIP), "clip.wav"), **fields}
    return client.post(f"{V1}/clips", data=data, headers=headers or {})


def code(response: TestResponse) -> str:
    """The code of a problem, which has to be one in every respect."""
    assert response.mimetype == "application/problem+json"
    told = response.get_json()
    assert told["status"] == response.status_code
    assert told["title"]
    assert told["detail"]
    return str(told["code"])
