"""Talking to the application as a browser or as a program would."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

JSON = {"Accept": "application/json"}
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8", "Origin": "http://localhost"}


def token(client: FlaskClient) -> str:
    """The CSRF token of the form page, whose cookie the client now has."""
    page = client.get("/emotion", headers=BROWSER).get_data(as_text=True)
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert found is not None
    return found.group(1)


def upload(data: bytes, name: str = "clip.wav", **fields: str) -> dict[str, Any]:
    """Form data with a file in the field 'audio'."""
    return {"audio": (io.BytesIO(data), name), **fields}


def post_raw(
    client: FlaskClient, data: bytes, headers: dict[str, str], *, to: str = "/emotion_predict", field: str = "audio"
) -> TestResponse:
    """Post a file as bytes made by hand; the test client would leave a large file of its own open."""
    head = f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="a.wav"\r\n\r\n'.encode()
    body = head + data + b"\r\n--b--\r\n"
    return client.post(to, data=body, content_type="multipart/form-data; boundary=b", headers=headers)


def send_json(client: FlaskClient, data: bytes, name: str = "clip.wav", **fields: str) -> TestResponse:
    """Post as a program does."""
    return client.post("/emotion_predict", data=upload(data, name, **fields), headers=JSON)


def send_html(client: FlaskClient, data: bytes, name: str = "clip.wav", **fields: str) -> TestResponse:
    """Post as a browser does, with the form's token."""
    return client.post("/emotion_predict", data=upload(data, name, csrf_token=token(client), **fields), headers=BROWSER)


def status(client: FlaskClient, address: str) -> int:
    """The status of a page whose body is not looked at, closed so that no file stays open."""
    response = client.get(address)
    response.close()
    return response.status_code
