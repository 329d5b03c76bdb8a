"""A window of live sound: heard at once, kept nowhere, and nothing else is taken for one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sqlalchemy import func, select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from emotion_clf.pipeline.live import MAX_BYTES
from emotion_clf.storage.tables import AnalysisRow
from tests.support.sound import voice
from tests.support.web import BROWSER, JSON, token

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

BYTES = "application/octet-stream"
VOICE = np.round(voice(3.0) * 32_767).astype("<i2").tobytes()


def send(client: FlaskClient, data: bytes, kind: str = BYTES, **headers: str) -> TestResponse:
    return client.post("/live/window", data=data, content_type=kind, headers={**JSON, **headers})


def test_a_window_is_heard_and_not_kept(app: Flask, client: FlaskClient, scratch: Path) -> None:
    sent = send(client, VOICE)
    answer = sent.get_json()
    assert sent.status_code == 200
    assert answer["speech"] is True
    assert sum(answer["probabilities"].values()) == pytest.approx(1.0)
    assert "Set-Cookie" not in sent.headers
    assert list(scratch.iterdir()) == []
    with app.extensions["emotion_clf"].database.session() as session:
        assert session.scalar(select(func.count()).select_from(AnalysisRow)) == 0


def test_silence_is_not_judged(client: FlaskClient) -> None:
    answer = send(client, bytes(MAX_BYTES)).get_json()
    assert (answer["speech"], answer["label"], answer["valence"]) == (False, None, None)


@pytest.mark.parametrize(
    ("data", "kind", "status", "code"),
    [
        (VOICE + b"\0\0", BYTES, 413, "upload_too_large"),
        (VOICE[:-1], BYTES, 422, "undecodable_audio"),
        (VOICE[:1000], BYTES, 422, "too_short"),
        (VOICE, "audio/wav", 415, "unsupported_audio"),
        (VOICE, "multipart/form-data; boundary=x", 415, "unsupported_audio"),
        (VOICE, "", 415, "unsupported_audio"),
    ],
)
def test_anything_else_is_refused(client: FlaskClient, data: bytes, kind: str, status: int, code: str) -> None:
    refused = send(client, data, kind)
    assert (refused.status_code, refused.get_json()["code"]) == (status, code)


@pytest.mark.parametrize("length", [None, "96000"])
def test_a_window_of_unknown_or_wrong_length_is_refused(app: Flask, length: str | None) -> None:
    builder = EnvironBuilder("/live/window", method="POST", data=VOICE[:50_000], content_type=BYTES, headers=JSON)
    environ = builder.get_environ()
    environ.pop("CONTENT_LENGTH")
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    _body, status, headers = run_wsgi_app(app.wsgi_app, environ)
    assert status.startswith("400 ")
    assert headers["Content-Type"] == "application/problem+json"


def test_a_page_of_another_site_cannot_send_windows(client: FlaskClient) -> None:
    refused = send(client, VOICE, Origin="https://evil.test")
    assert (refused.status_code, refused.get_json()["code"]) == (400, "csrf")
    allowed = send(client, VOICE, Origin="http://localhost", **{"X-CSRFToken": token(client)})
    assert allowed.status_code == 200


def test_a_busy_server_says_so(app: Flask, client: FlaskClient) -> None:
    models = app.extensions["emotion_clf"].models
    places = [models.place() for _ in range(app.extensions["emotion_clf"].settings.queue_size + 1)]
    for place in places:
        place.__enter__()
    refused = send(client, VOICE)
    for place in places:
        place.__exit__(None, None, None)
    assert (refused.status_code, refused.get_json()["code"]) == (503, "busy")
    assert send(client, VOICE).status_code == 200


def test_the_page_names_the_models_emotions_and_what_is_kept(client: FlaskClient) -> None:
    page = client.get("/live", headers=BROWSER)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert all(f'data-lane="{label}"' in text for label in ("angry", "calm", "zesty"))
    assert "of it is stored" in text
    assert "prohibited" in text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]
