"""Was this right: stored once, changed, withdrawn, counted, exported, and gone with what it is about."""

from __future__ import annotations

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from emotion_clf.storage import FeedbackStore, Judged
from emotion_clf.storage.recovery import JobRecovery
from tests.support.admins import signed_in_client, submit
from tests.support.dialogues import small_call
from tests.support.heard_calls import heard_call, judged_windows
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, send_json

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient

CLIP = wav(voice(1.0))
OWNER = "a" * 32


def store(app: Flask) -> FeedbackStore:
    found: FeedbackStore = app.extensions["emotion_clf"].feedback
    return found


def visitor(app: Flask, owner: str = OWNER) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as session:
        session["visitor"] = owner
    return client


def others(answer: dict[str, object]) -> list[str]:
    return [label for label in ("angry", "calm", "zesty") if label != answer["label"]]


def test_a_second_answer_replaces_the_first_and_the_result_stays(app: Flask, client: FlaskClient) -> None:
    answer = send_json(client, CLIP).get_json()
    link, other = answer["permalink"], others(answer)[0]
    first = client.post(f"{link}/feedback", json={"right": "1"}, headers=JSON)
    assert (first.status_code, first.get_json()["right"], first.get_json()["correction"]) == (200, True, None)
    second = client.post(f"{link}/feedback", data={"right": "0", "correction": other}, headers=JSON).get_json()
    assert (second["right"], second["correction"], second["predicted"]) == (False, other, answer["label"])
    (kept,) = store(app).search().items
    assert (kept.label, kept.judged.model_name, kept.judged.end_s) == (other, "tiny", 1.0)
    assert client.get(f"{link}.json").get_json()["label"] == answer["label"]
    assert client.post(f"{link}/feedback/withdraw", headers=JSON).status_code == 204
    assert store(app).search().total == 0


def test_two_tabs_at_once_leave_one_word(app: Flask) -> None:
    judged = Judged("call", "c" * 32, 1.0, 4.0, "A", "calm", 0.5, "m", "1")
    with ThreadPoolExecutor(8) as tabs:
        list(tabs.map(lambda right: store(app).give(judged, owner=OWNER, right=right), [True, False] * 8))
    assert store(app).counts().total == 1
    assert store(app).find("c" * 32, owner=OWNER, speaker="A", start_s=1.0) is not None


def test_a_page_without_scripts_says_what_was_said(client: FlaskClient) -> None:
    answer = send_json(client, CLIP).get_json()
    link, other = answer["permalink"], others(answer)[1]
    sent = submit(client, f"{link}/feedback", form=link, right="0", correction=other)
    assert sent.status_code == 303
    page = client.get(sent.location, headers=BROWSER).get_data(as_text=True)
    assert f"rather <strong>{other}</strong>" in page
    assert "Thank you" in page
    gone = submit(client, f"{link}/feedback/withdraw", form=link)
    page = client.get(gone.location, headers=BROWSER).get_data(as_text=True)
    assert "Taken back" in page
    assert "data-feedback" not in page


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"right": "yes"},
        {"right": "0", "correction": "joyous"},
        {"right": "0", "correction": "SAME"},
        {"right": "1", "correction": "OTHER"},
    ],
)
def test_what_makes_no_sense_is_refused(app: Flask, client: FlaskClient, fields: dict[str, str]) -> None:
    answer = send_json(client, CLIP).get_json()
    meant = {"SAME": answer["label"], "OTHER": others(answer)[0]}
    sent = {name: meant.get(value, value) for name, value in fields.items()}
    refused = client.post(f"{answer['permalink']}/feedback", data=sent, headers=JSON)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "invalid_request")
    assert store(app).counts().total == 0


def test_nobody_speaks_for_another_browser(app: Flask, client: FlaskClient) -> None:
    link = send_json(client, CLIP).get_json()["permalink"]
    for stranger in (app.test_client(), visitor(app)):
        for address in (f"{link}/feedback", f"{link}/feedback/withdraw"):
            assert stranger.post(address, data={"right": "1"}, headers=JSON).status_code == 404
    forged = client.post(f"{link}/feedback", data={"right": "1"}, headers={**JSON, "Origin": "https://evil.test"})
    assert forged.status_code == 400
    assert store(app).counts().total == 0


def test_a_deleted_or_expired_result_takes_its_feedback_along(app: Flask, client: FlaskClient) -> None:
    links = [send_json(client, CLIP).get_json()["permalink"] for _ in range(2)]
    for link in links:
        client.post(f"{link}/feedback", data={"right": "1"}, headers=JSON)
    client.post(f"{links[0]}/delete", headers=JSON)
    assert store(app).counts().total == 1
    analyses = app.extensions["emotion_clf"].analyses
    analyses.purge_expired(datetime.now(UTC) + timedelta(days=29))
    assert store(app).counts().total == 1
    analyses.purge_expired(datetime.now(UTC) + timedelta(days=31))
    assert store(app).counts().total == 0


def test_windows_of_a_call_are_spoken_of_one_by_one(app: Flask) -> None:
    job_id = heard_call(app, small_call(4), owner=OWNER, customer="right")
    client, numbers = visitor(app), judged_windows(app, job_id)
    timeline = app.extensions["emotion_clf"].calls.get(job_id).timeline
    other = next(label for label in timeline.labels if label != timeline.windows[numbers[1]].label)
    for number, fields in ((numbers[0], {"right": "1"}), (numbers[1], {"right": "0", "correction": other})):
        sent = client.post(f"/calls/{job_id}/windows/{number}/feedback", data=fields, headers=JSON)
        assert sent.status_code == 200
    said = client.get(f"/calls/{job_id}/feedback").get_json()["windows"]
    assert {number: one["correction"] for number, one in said.items()} == {
        str(numbers[0]): None,
        str(numbers[1]): other,
    }
    unjudged = next(number for number in range(len(timeline.windows)) if number not in numbers)
    for number in (unjudged, 999):
        refused = client.post(f"/calls/{job_id}/windows/{number}/feedback", data={"right": "1"}, headers=JSON)
        assert refused.status_code == 404
    stranger = visitor(app, "b" * 32)
    assert stranger.get(f"/calls/{job_id}/feedback").status_code == 404
    address = f"/calls/{job_id}/windows/{numbers[0]}/feedback"
    assert stranger.post(address, data={"right": "1"}, headers=JSON).status_code == 404
    assert client.post(f"{address}/withdraw", headers=JSON).status_code == 204
    assert list(client.get(f"/calls/{job_id}/feedback").get_json()["windows"]) == [str(numbers[1])]
    app.extensions["emotion_clf"].jobs.delete(job_id)
    assert store(app).counts().total == 0


def test_a_call_whose_time_is_over_takes_its_feedback_along(app: Flask) -> None:
    job_id = heard_call(app, small_call(2), owner=OWNER, customer="right")
    address = f"/calls/{job_id}/windows/{judged_windows(app, job_id)[0]}/feedback"
    assert visitor(app).post(address, data={"right": "1"}, headers=JSON).status_code == 200
    services = app.extensions["emotion_clf"]
    JobRecovery(services.database, services.settings).purge(datetime.now(UTC) + timedelta(days=31))
    assert store(app).counts().total == 0


def test_strangers_see_no_feedback(client: FlaskClient) -> None:
    for address in ("/admin/feedback", "/admin/feedback.csv"):
        assert client.get(address, headers=BROWSER).status_code == 303
        assert client.get(address, headers=JSON).status_code == 401


def test_administrators_see_counts_and_take_a_table_home(app: Flask) -> None:
    admin = signed_in_client(app)
    assert "no data yet" in admin.get("/admin/feedback", headers=BROWSER).get_data(as_text=True)
    assert admin.get("/admin/feedback", headers=JSON).get_json()["agreement"] is None
    client = app.test_client()
    kept = send_json(client, CLIP, keep="y").get_json()
    lost = send_json(client, CLIP).get_json()
    client.post(f"{kept['permalink']}/feedback", data={"right": "1"}, headers=JSON)
    client.post(f"{lost['permalink']}/feedback", data={"right": "0"}, headers=JSON)
    job_id = heard_call(app, small_call(2), owner=OWNER, customer="right")
    number = judged_windows(app, job_id)[0]
    visitor(app).post(f"/calls/{job_id}/windows/{number}/feedback", data={"right": "1"}, headers=JSON)
    counts = admin.get("/admin/feedback", headers=JSON).get_json()
    assert (counts["total"], counts["right"], counts["corrected"]) == (3, 2, 0)
    page = admin.get("/admin/feedback", headers=BROWSER).get_data(as_text=True)
    assert "67 %" in page
    assert page.count("<tr><td>") == 3

    table = admin.get("/admin/feedback.csv")
    rows = {row["subject_id"]: row for row in csv.DictReader(io.StringIO(table.get_data().decode("utf-8-sig")))}
    instance = app.extensions["emotion_clf"].settings.instance_dir
    assert rows[kept["id"]]["label"] == kept["label"]
    assert (instance / rows[kept["id"]]["recording"]).is_file()
    assert (rows[lost["id"]]["label"], rows[lost["id"]]["recording"], rows[lost["id"]]["right"]) == ("", "", "0")
    assert (rows[job_id]["about"], rows[job_id]["speaker"]) == ("call", "right")
    assert (instance / rows[job_id]["recording"]).is_file()
    assert float(rows[job_id]["end_s"]) > float(rows[job_id]["start_s"])


def test_the_table_runs_in_no_spreadsheet(app: Flask) -> None:
    judged = Judged("call", "c" * 32, 0.0, 3.0, "=SUM(A1)", "+angry", 0.5, "@model", "1")
    store(app).give(judged, owner=OWNER, right=False, correction="-calm")
    text = signed_in_client(app).get("/admin/feedback.csv").get_data().decode("utf-8-sig")
    (row,) = csv.DictReader(io.StringIO(text))
    assert [row[name] for name in ("speaker", "predicted", "label", "model")] == [
        "'=SUM(A1)",
        "'+angry",
        "'-calm",
        "'@model 1",
    ]


def test_the_list_comes_in_pages(app: Flask) -> None:
    for second in range(55):
        store(app).give(
            Judged("call", "c" * 32, second, second + 1, "A", "calm", 0.5, "m", "1"), owner=OWNER, right=True
        )
    admin = signed_in_client(app)
    first = admin.get("/admin/feedback", headers=BROWSER).get_data(as_text=True)
    second_page = admin.get("/admin/feedback?page=2", headers=BROWSER).get_data(as_text=True)
    assert (first.count("<tr><td>"), second_page.count("<tr><td>")) == (50, 5)
    assert "Page 1 of 2" in first
