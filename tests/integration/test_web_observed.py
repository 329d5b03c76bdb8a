"""What is to be seen of a request from outside: its id, its line, its figures, the audit log."""

from __future__ import annotations

import json
import logging
import os
import re
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from sqlalchemy import text

from emotion_clf.cli import main
from emotion_clf.settings import get_settings
from emotion_clf.storage import Database, open_jobs
from emotion_clf.storage.admins import AdminStore
from emotion_clf.web.audited import ACTS
from tests.support.admins import NAME, PASSWORD, sign_in, signed_in_client, submit
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, send_json

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

    from emotion_clf.settings import Settings


def requests(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """The fields of each line of a request."""
    names = ("method", "route", "status", "duration_ms", "code")
    return [
        {name: getattr(record, name) for name in names if hasattr(record, name)}
        for record in caplog.records
        if record.message == "request"
    ]


def acts(settings: Settings) -> list[tuple[str, str | None, str | None, str]]:
    if not settings.audit_path.exists():
        return []
    noted = map(json.loads, settings.audit_path.read_text(encoding="utf-8").splitlines())
    return [(act["action"], act["who"], act["what"], act["outcome"]) for act in noted]


def test_each_answer_bears_an_id_and_the_one_it_was_sent(client: FlaskClient) -> None:
    first, second = (client.get("/health/live").headers["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second
    assert client.get("/", headers={"X-Request-ID": "from-the-proxy-1"}).headers["X-Request-ID"] == "from-the-proxy-1"
    for wrong in ("short", "<script>alert(1)</script>", "x" * 65):
        assert client.get("/", headers={"X-Request-ID": wrong}).headers["X-Request-ID"] != wrong


@pytest.mark.parametrize("address", ["/nowhere", "/jobs/" + "0" * 32])
def test_a_problem_names_its_request(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers=JSON)
    assert answer.status_code == 404
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"]
    page = client.get("/nowhere", headers=BROWSER)
    assert page.headers["X-Request-ID"] in page.get_data(as_text=True)


def test_a_request_is_one_line_without_what_was_asked(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "emotion_clf"):
        client.get("/jobs/" + "5" * 32 + "?token=planted", headers=JSON)
        client.get("/nowhere/planted")
        client.open("/", method="BREW")
        client.get("/health/live")
    found = requests(caplog)
    assert all(line.pop("duration_ms") >= 0 for line in found)
    assert found == [
        {"method": "GET", "route": "/jobs/<job_id>", "status": 404, "code": "not_found"},
        {"method": "GET", "route": "other", "status": 404, "code": "not_found"},
        {"method": "other", "route": "other", "status": 405, "code": "method_not_allowed"},
    ]
    assert "planted" not in caplog.text


def test_the_code_of_an_error_shown_on_a_page_is_known(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    AdminStore(app.extensions["emotion_clf"].database).create(NAME, PASSWORD)
    client = app.test_client()
    with caplog.at_level(logging.INFO, "emotion_clf"):
        assert sign_in(client, "nobody", "not a password at all").status_code == 401
        send_json(client, b"not a sound")
        client.get("/", headers={"Host": "evil.test"})
    assert [line.get("code") for line in requests(caplog)] == [
        None,
        "sign_in_needed",
        "unsupported_audio",
        "unknown_host",
    ]


def test_a_fault_is_logged_by_its_places_and_counted(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(app.extensions["emotion_clf"].texts, "analyse", broken)
    with caplog.at_level(logging.INFO, "emotion_clf"):
        answer = client.post("/predict", json={"text": "Hello."})
    assert answer.status_code == 500
    assert "planted" not in answer.get_data(as_text=True)
    assert requests(caplog)[0]["code"] == "internal_error"


def test_every_act_under_admin_is_audited(app: Flask) -> None:
    changing = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/admin") and (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}
    }
    assert changing == {endpoint for endpoint in ACTS if not endpoint.startswith("api_")}


def test_signing_in_and_out_is_noted_and_names_nobody_has_are_not(app: Flask, settings: Settings) -> None:
    AdminStore(app.extensions["emotion_clf"].database).create(NAME, PASSWORD)
    client = app.test_client()
    sign_in(client, NAME, "a wrong password, planted")
    sign_in(client, "a password in the wrong field, planted", "x")
    sign_in(client, "", "")
    sign_in(client)
    submit(client, "/admin/logout", form="/admin")
    submit(app.test_client(), "/admin/logout", form="/admin/login")
    assert acts(settings) == [
        ("sign in", NAME, None, "sign_in_needed"),
        ("sign in", None, None, "sign_in_needed"),
        ("sign in", None, None, "sign_in_needed"),
        ("sign in", NAME, None, "done"),
        ("sign out", NAME, None, "done"),
    ]
    assert "planted" not in settings.audit_path.read_text(encoding="utf-8")


def test_what_an_administrator_does_to_jobs_is_noted(app: Flask, settings: Settings) -> None:
    client = signed_in_client(app)
    made = client.post("/admin/jobs", data={"kind": "text", "text": "All is planted."}, headers=JSON)
    job_id = made.get_json()["id"]
    assert client.post(f"/admin/jobs/{job_id}/retry", headers=JSON).status_code == 409
    client.post(f"/admin/jobs/{job_id}/cancel", headers=JSON)
    client.post(f"/admin/jobs/{job_id}/retry", headers=JSON)
    client.post(f"/admin/jobs/{job_id}/delete", headers=JSON)
    client.post("/admin/jobs/planted/delete", headers=JSON)
    assert acts(settings) == [
        ("create job", NAME, job_id, "done"),
        ("retry job", NAME, job_id, "job_state"),
        ("cancel job", NAME, job_id, "done"),
        ("retry job", NAME, job_id, "done"),
        ("delete job", NAME, job_id, "done"),
        ("delete job", NAME, None, "not_found"),
    ]
    assert "planted" not in settings.audit_path.read_text(encoding="utf-8")


def test_what_strangers_are_refused_is_no_act(app: Flask, client: FlaskClient, settings: Settings) -> None:
    assert client.post("/admin/jobs", data={"kind": "text", "text": "x"}, headers=JSON).status_code == 401
    assert client.post(f"/admin/jobs/{'0' * 32}/delete", headers=BROWSER).status_code in {303, 400}
    assert acts(settings) == []
    database = Database(settings.database)
    assert open_jobs(settings, database).search().total == 0
    database.dispose()


def test_readiness_names_each_check_and_nothing_else(app: Flask, client: FlaskClient) -> None:
    services = app.extensions["emotion_clf"]
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.get_json()["checks"] == {
        "model": False,
        "text_model": False,
        "database": True,
        "broker": True,
        "disk": True,
    }
    services.models.warm_up()
    services.text_models.warm_up()
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "ok")


def test_an_analysed_clip_is_answered_as_ever(client: FlaskClient) -> None:
    answer = send_json(client, wav(voice(1.0)))
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"]


def test_a_database_that_breaks_quotes_nothing_in_the_log(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    client = signed_in_client(app)
    with app.extensions["emotion_clf"].database.session() as session:
        session.execute(text("DROP TABLE job_steps"))
    with caplog.at_level(logging.INFO):
        made = client.post("/admin/jobs", data={"kind": "text", "text": "All is planted."}, headers=JSON)
    assert made.status_code == 503
    assert "database error" in caplog.text
    assert "INSERT INTO" in caplog.text
    assert "planted" not in caplog.text


def test_an_administrator_made_on_the_command_line_is_audited(settings: Settings) -> None:
    get_settings.cache_clear()
    made = CliRunner().invoke(main, ["admin", "create", "Ada", "--password-stdin"], input=f"{PASSWORD}\n")
    get_settings.cache_clear()
    assert made.exit_code == 0, made.output
    assert acts(settings) == [("create admin", f"uid {os.getuid()}", "ada", "done")]
