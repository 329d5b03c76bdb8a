from __future__ import annotations

import io
import os
import re
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from jsonschema import Draft202012Validator
from werkzeug.serving import make_server

from emotion_clf.settings import PROJECT_DIR, Settings
from tests.conftest import running
from tests.support.api import CLIP, key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")


@contextmanager
def serving(app: Flask) -> Iterator[str]:
    """The address under which an application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_every_address_keeps_to_the_document(settings: Settings, tmp_path: Path) -> None:
    """Schemathesis asks every address, well and badly, one by one and in turn, with all of its checks."""
    paths = os.pathsep.join([str(PROJECT_DIR / "backend"), str(PROJECT_DIR)])
    with running(settings) as app, serving(app) as address:
        environment = {
            **os.environ,
            "PYTHONPATH": paths,
            "SCHEMATHESIS_HOOKS": "tests.support.schemathesis_hooks",
            "KEY_OF_ANOTHER": key(app)["X-API-Key"],
        }
        command = [SCHEMATHESIS, "run", f"{address}/openapi.json", "--max-examples", "4", "--seed", "7", "--no-color"]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert re.search(r"(\d+) generated, \1 passed", done.stdout)


def test_the_document_names_every_address_of_the_api(app: Flask, client: FlaskClient) -> None:
    documented = client.get("/openapi.json").get_json()["paths"]
    found = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") or rule.rule in {"/predict", "/health"}
    }
    assert {(path, method) for path, operations in documented.items() for method in operations} == found
    assert len(found) == 32


def test_the_short_forms_are_described_as_they_are_sent(app: Flask, client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    operation = document["paths"]["/predict"]["post"]
    assert set(operation["requestBody"]["content"]) == {"application/json", "multipart/form-data"}
    assert operation["security"] == document["paths"]["/health"]["get"]["security"] == []
    schemas = {"components": document["components"]}
    asked = {**operation["requestBody"]["content"]["application/json"]["schema"], **schemas}
    answered = {**operation["responses"]["200"]["content"]["application/json"]["schema"], **schemas}
    for body, status in (
        ({"text": "I am glad."}, 200),
        ({"text": "I am glad.", "url": None, "redact": False}, 200),
        ({"url": "https://youtu.be/dQw4w9WgXcQ", "redact": True, "engine": "captions"}, 202),
        ({"text": ""}, 422),
        ({"text": "I am glad.", "redact": True}, 400),
        ({"text": "I am glad.", "url": "https://youtu.be/dQw4w9WgXcQ"}, 400),
        ({"text": "I am glad.", "else": 1}, 400),
        ({}, 400),
    ):
        told = client.post("/predict", json=body)
        assert told.status_code == status, body
        assert str(status) in operation["responses"]
        assert Draft202012Validator(asked).is_valid(body) == (status < 300), body
        if status == 200:
            Draft202012Validator(answered).validate(told.get_json())
    heard = client.post("/predict", data={"file": (io.BytesIO(CLIP), "clip.wav")})
    Draft202012Validator(answered).validate(heard.get_json())
    strange = {"data": b"", "content_type": "text/xml"}
    told = client.post("/predict", headers={"Accept": "application/json"}, **strange)
    assert told.get_json()["code"] == "unsupported_request"
    assert client.post("/predict", **strange).mimetype == "application/problem+json"


def test_what_the_setting_does_not_cover_answers_without_a_key_and_says_so(settings: Settings) -> None:
    told = Settings.model_fields["auth_required"].description or ""
    assert all(part in told for part in ("/api/v1", "pages", "/predict", "/health", "/docs", "AIP_PREDICT_ROUTE"))
    with running(settings.model_copy(update={"auth_required": True})) as strict:
        client = strict.test_client()
        assert client.post("/api/v1/texts", json={"text": "Good."}).status_code == 401
        assert client.post("/predict", json={"text": "Good."}).status_code == 200
        assert [client.get(path).status_code for path in ("/health", "/docs", "/text")] == [200] * 3


def test_generated_clients_get_names_and_defaults_that_fit(client: FlaskClient) -> None:
    document = client.get("/openapi.json").get_json()
    names = [operation["operationId"] for operations in document["paths"].values() for operation in operations.values()]
    assert len(set(names)) == len(names)
    assert {"clips_create", "jobs_show", "feedback_give_of_window"} <= set(names)
    fields = [field for schema in document["components"]["schemas"].values() for field in schema["properties"].values()]
    assert not [field for field in fields if "type" in field and field.get("default", 0) is None]


def test_the_page_shows_every_address_and_loads_nothing_foreign(client: FlaskClient) -> None:
    page = client.get("/docs").get_data(as_text=True)
    for path in client.get("/openapi.json").get_json()["paths"]:
        assert path in page
    assert "https://" not in page.replace("https://youtu.be", "")
    assert "style=" not in page
