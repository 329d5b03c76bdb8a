"""The page of everything that is stored of one person, and what can be done there."""

from __future__ import annotations

import io
import json
import re
import zipfile
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from emotion_clf.settings import Settings
from emotion_clf.storage.consents import Consents, version_of
from emotion_clf.storage.tables import ConsentTextRow
from tests.conftest import running
from tests.support import belongings as made
from tests.support import calls
from tests.support.admins import NAME, signed_in_client, submit
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, send_html, send_json

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

ME, OTHER = "a" * 32, "b" * 32
PAGE = "/my-data"
WAYS_IN = ("/emotion", "/calls", "/live", "/text")


def held(client: FlaskClient) -> dict[str, int]:
    """How many there are of each kind of which there is something."""
    told = client.get(PAGE, headers=JSON).get_json()["holdings"]
    return {holding["kind"]: holding["count"] for holding in told if holding["count"]}


def test_the_page_says_in_numbers_what_there_is(app: Flask) -> None:
    client = calls.as_owner(app.test_client(), ME)
    made.everything(app, OTHER)
    assert held(client) == {}
    assert "Nothing. What this browser sends" in client.get(PAGE).get_data(as_text=True)
    made.everything(app, ME)
    page = client.get(PAGE).get_data(as_text=True)
    shown = dict(re.findall(r'data-holding="(\w+)".*?class="number">(\d+)<', page, re.DOTALL))
    assert {kind: int(number) for kind, number in shown.items()} == held(client) == dict.fromkeys(shown, 1)
    assert len(shown) == 10
    assert page.count("data-local-time") == 8  # what said of answers and webhooks have no day of their own
    assert ME in page
    assert OTHER not in page


def test_the_download_is_this_browsers_and_explains_itself(app: Flask) -> None:
    client = calls.as_owner(app.test_client(), ME)
    (clip_id, *_), _ = made.everything(app, ME), made.everything(app, OTHER)
    sent = client.get(f"{PAGE}/export")
    assert sent.mimetype == "application/zip"
    assert re.fullmatch(r'attachment; filename="my-data-[\d-]{10}\.zip"', sent.headers["Content-Disposition"])
    assert sent.headers["Cache-Control"] == "no-store"
    with zipfile.ZipFile(io.BytesIO(sent.data)) as zipped:
        assert [name for name in zipped.namelist() if name.startswith("clips/")] == [f"clips/{clip_id}.json"]
        assert "README.txt" in zipped.namelist()


def test_who_never_sent_anything_has_no_download(client: FlaskClient) -> None:
    assert client.get(f"{PAGE}/export").status_code == 404
    assert "Delete everything" not in client.get(PAGE).get_data(as_text=True)


def test_deleting_everything_leaves_nothing_and_makes_a_new_visitor(app: Flask) -> None:
    client = calls.as_owner(app.test_client(), ME)
    made.everything(app, OTHER)
    clip_id, call_id, _ = made.everything(app, ME)
    with client.session_transaction() as session:
        assert session["visitor"] == ME
    answer = submit(client, f"{PAGE}/delete", form=PAGE)
    assert (answer.status_code, answer.location) == (303, PAGE)
    with client.session_transaction() as session:
        assert "visitor" not in session
    page = client.get(PAGE).get_data(as_text=True)
    assert "data-erased" in page
    assert "my_data.js" in page
    assert "data-erased" not in client.get(PAGE).get_data(as_text=True)
    old = calls.as_owner(app.test_client(), ME)
    for gone in (f"/analyses/{clip_id}", f"/calls/{call_id}"):
        assert old.get(gone).status_code == 404
    assert held(old) == {}
    assert held(calls.as_owner(app.test_client(), OTHER))["clips"] == 1


def test_a_link_from_elsewhere_cannot_say_that_all_was_deleted(client: FlaskClient) -> None:
    assert "data-erased" not in client.get(f"{PAGE}?erased=1&deleted=1").get_data(as_text=True)


def test_another_sites_page_cannot_delete(app: Flask) -> None:
    client = calls.as_owner(app.test_client(), ME)
    made.clip(app, ME)
    assert client.post(f"{PAGE}/delete", headers=BROWSER).status_code == 400
    assert held(client)["clips"] == 1


def test_a_program_deletes_as_often_as_it_likes(app: Flask) -> None:
    client = calls.as_owner(app.test_client(), ME)
    made.clip(app, ME)
    for _ in range(2):
        assert client.post(f"{PAGE}/delete", headers=JSON).status_code == 204
        assert held(client) == {}


def test_an_administrators_jobs_go_too_and_the_audit_log_tells(app: Flask) -> None:
    client = signed_in_client(app)
    services = app.extensions["emotion_clf"]
    admin = services.admins.find(NAME)
    made.source(app, admin.owner)
    calls.as_owner(client, ME)
    made.clip(app, ME)
    assert {"clips", "sources"} <= held(client).keys()
    assert "you, ada," in client.get(PAGE).get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(client.get(f"{PAGE}/export").data)) as zipped:
        assert json.loads(zipped.read("accounts.json"))[0]["name"] == NAME
    submit(client, f"{PAGE}/delete", form=PAGE)
    assert services.belongings.owners() == []
    with client.session_transaction() as session:
        assert not session.keys() & {"admin", "visitor"}
    (line,) = services.settings.audit_path.read_text(encoding="utf-8").splitlines()
    noted = json.loads(line)
    assert (noted["action"], noted["who"], noted["what"]) == ("delete own data", NAME, admin.owner)


@pytest.mark.parametrize("path", WAYS_IN)
def test_what_one_agrees_to_stands_beside_every_way_in(client: FlaskClient, path: str) -> None:
    page = client.get(path).get_data(as_text=True)
    consent = page.split("data-consent")[1].split("</div>")[0]
    assert "By sending something you agree" in consent
    assert ("Everybody who can be heard has to be told" in consent) == (path in {"/calls", "/live"})


def test_an_operators_own_text_is_shown_as_plain_text(settings: Settings) -> None:
    own = settings.model_copy(update={"consent_text": "Ours & <script>alert(1)</script>"})
    with running(own) as app:
        client = app.test_client()
        for path in WAYS_IN:
            page = client.get(path).get_data(as_text=True)
            assert "Ours &amp; &lt;script&gt;alert(1)&lt;/script&gt;" in page
            assert "<script>alert" not in page
        assert "Ours & <script>" in client.get("/openapi.json").get_json()["info"]["description"]


def test_a_kept_recording_names_the_text_agreed_to_even_after_it_changed(settings: Settings) -> None:
    with running(settings) as app:
        client = app.test_client()
        kept = send_html(client, wav(voice(1.0)), keep="y").location
        unkept = send_json(client, wav(voice(1.0))).get_json()
        before = client.get(f"{kept}.json").get_json()
        cookie = client.get_cookie("emotion-clf")
    assert re.fullmatch("[0-9a-f]{12}", before["consent"])
    assert unkept["consent"] is None
    changed = settings.model_copy(update={"consent_text": "Another text."})
    with running(changed) as app:
        client = app.test_client()
        assert cookie is not None
        client.set_cookie("emotion-clf", cookie.value)
        page = client.get(kept).get_data(as_text=True)
        assert "By sending something you agree" in page
        assert before["consent"] in page
        assert client.get(f"{kept}.json").get_json()["consent"] == before["consent"]
        later = send_html(client, wav(voice(1.0)), keep="y").location
        assert client.get(f"{later}.json").get_json()["consent"] != before["consent"]
        unkept_page = client.get(unkept["permalink"]).get_data(as_text=True)
        assert "What you agreed to" not in unkept_page


def test_the_privacy_page_names_every_time_and_the_text(settings: Settings) -> None:
    own = settings.model_copy(
        update={
            "recording_retention_h": 7.0,
            "result_retention_days": 11.0,
            "job_retention_days": 13.0,
            "call_recording_h": 17.0,
            "consent_text": "Our own words.",
        }
    )
    with running(own) as app:
        page = app.test_client().get("/privacy").get_data(as_text=True)
    times = ("7 hours", "11 days", "13 days", "17 hours")
    for told in (*times, "Our own words.", 'href="/my-data"', "audit log", "Backups"):
        assert told in page


def test_a_text_that_two_agree_to_at_once_is_kept_once(app: Flask) -> None:
    class Late(Consents):
        def get(self, version: str) -> None:
            """As seen by the one who looked before the other wrote."""

    database = app.extensions["emotion_clf"].database
    for keeper in (Consents(database), Late(database), Consents(database)):
        keeper.remember("One text.")
    found = Consents(database).get(version_of("One text."))
    assert found is not None
    assert found.text == "One text."
    with database.session() as session:
        assert session.scalar(select(func.count()).select_from(ConsentTextRow)) == 1
