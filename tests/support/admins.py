"""An administrator, and a client signed in as one."""

from __future__ import annotations

import re
import secrets
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from emotion_clf.storage.tables import AdminRow
from tests.support.web import BROWSER

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

NAME = "ada"
PASSWORD = "a horse, a battery & a staple"


def token_of(page: TestResponse) -> str:
    """The CSRF token of a page with a form."""
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
    assert found is not None
    return found.group(1)


def submit(client: FlaskClient, address: str, *, form: str | None = None, **fields: object) -> TestResponse:
    """Send a form as a browser does, with the token of the page it stands on."""
    token = token_of(client.get(form or address, headers=BROWSER))
    return client.post(address, data={"csrf_token": token, **fields}, headers=BROWSER)


def sign_in(client: FlaskClient, name: str = NAME, password: str = PASSWORD, target: str = "") -> TestResponse:
    """Fill the form in and send it."""
    return submit(client, f"/admin/login{target}", name=name, password=password)


def signed_in_client(app: Flask) -> FlaskClient:
    """A browser in which an administrator signed in a moment ago; no password is hashed, which takes its time."""
    row = AdminRow(id=secrets.token_hex(16), name=NAME, password="", created_at=datetime.now(UTC))
    with app.extensions["emotion_clf"].database.session() as session:
        session.add(row)
    client = app.test_client()
    with client.session_transaction() as session:
        session.update(admin=row.id, admin_since=int(time.time()))
    return client
