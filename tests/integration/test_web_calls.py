from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.errors import NoAudioStreamError, NotFoundError
from emotion_clf.settings import Settings
from emotion_clf.storage import JobState
from tests.conftest import running
from tests.support import calls
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, token

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PAGES = ("", "/state", "/events", ".json", ".csv", ".vtt", ".labels.txt", "/view.json", "/sound")
DEEDS = ("/cancel", "/retry", "/delete", "/customer", "/shares", "/shares/1234/revoke")


@pytest.fixture
def owner(client: FlaskClient) -> FlaskClient:
    return calls.as_owner(client)


def send(client: FlaskClient, data: bytes, name: str = "call.wav", **fields: str) -> TestResponse:
    """Send a recording as a browser does."""
    form = {"recording": (io.BytesIO(data), name), "csrf_token": token(client), **fields}
    return client.post("/calls", data=form, headers=BROWSER)


def press(client: FlaskClient, address: str, **fields: str) -> TestResponse:
    """Send a form of a page as a browser does."""
    return client.post(address, data={"csrf_token": token(client), **fields}, headers=BROWSER)


def body(client: FlaskClient, address: str) -> str:
    answer = client.get(address, headers=BROWSER)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def test_a_recording_becomes_a_job_that_waits(app: Flask, client: FlaskClient) -> None:
    answer = send(client, wav(voice(2.0)), "Call & co.wav", speakers="channels", customer="right")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    page = body(client, answer.headers["Location"])
    assert "A worker takes it up" in page
    assert "Call &amp; co.wav" in page
    assert "Tell voices apart" in page
    job = app.extensions["emotion_clf"].jobs.get(answer.headers["Location"].rsplit("/", 1)[1])
    assert (job.request.kind, job.request.options.speakers, job.request.options.customer) == (
        "call",
        "channels",
        "right",
    )
    assert "Call &amp; co.wav" in body(client, "/calls")
    assert "Call &amp; co.wav" not in body(app.test_client(), "/calls")


def test_the_sample_is_a_call_like_any_other(app: Flask, client: FlaskClient) -> None:
    sent = client.post("/calls", data={"csrf_token": token(client), "sample": "call"})
    assert sent.status_code == 303
    job = app.extensions["emotion_clf"].jobs.get(sent.headers["Location"].rsplit("/", 1)[1])
    assert job.title == "sample: call.ogg"
    refused = client.post("/calls", data={"csrf_token": token(client), "sample": "../../etc/passwd"})
    assert refused.status_code == 400


def test_a_program_gets_the_address_of_its_call(client: FlaskClient) -> None:
    answer = client.post("/calls", data={"recording": (io.BytesIO(wav(voice(1.0))), "a.wav")}, headers=JSON)
    assert answer.status_code == 202
    told = client.get(answer.headers["Location"], headers=JSON).get_json()
    assert (told["state"], [step["name"] for step in told["steps"]]) == (
        "queued",
        ["decode", "voices", "embed", "classify"],
    )
    assert told["page"] == answer.headers["Location"]
    assert [call["id"] for call in client.get("/calls", headers=JSON).get_json()["calls"]] == [told["id"]]


def test_a_call_names_the_text_its_sender_agreed_to(app: Flask, client: FlaskClient) -> None:
    call = client.post("/calls", data={"recording": (io.BytesIO(wav(voice(1.0))), "a.wav")}, headers=JSON).get_json()
    services = app.extensions["emotion_clf"]
    agreed = services.consents.text(call["consent"])
    assert agreed.startswith(services.settings.consent_text)
    assert "Everybody who can be heard has to be told" in agreed


@pytest.mark.parametrize(
    ("data", "fields", "refusal"),
    [
        (b"", {}, (415, "unsupported_audio")),
        (b"no sound at all, but a text", {}, (415, "unsupported_audio")),
        (b"%PDF-1.7 " + bytes(100), {}, (415, "unsupported_audio")),
        (b"RIFF....WAVEfmt ", {"speakers": "magic"}, (400, "invalid_request")),
        (b"RIFF....WAVEfmt ", {"customer": "the boss"}, (400, "invalid_request")),
        (b"RIFF....WAVEfmt ", {"speakers": "channels", "customer": "A"}, (400, "invalid_request")),
        (b"RIFF....WAVEfmt ", {"model": "missing"}, (404, "model_not_found")),
        (None, {}, (400, "invalid_request")),
    ],
)
def test_what_cannot_end_well_is_refused_at_once(
    app: Flask, client: FlaskClient, data: bytes | None, fields: dict[str, str], refusal: tuple[int, str]
) -> None:
    form = {**fields, **({} if data is None else {"recording": (io.BytesIO(data), "a.wav")})}
    refused = client.post("/calls", data=form, headers=JSON)
    assert (refused.status_code, refused.get_json()["code"]) == refusal
    page = send(client, data, **fields) if data is not None else press(client, "/calls", **fields)
    assert page.status_code == refusal[0]
    assert 'role="alert"' in page.get_data(as_text=True)
    assert app.extensions["emotion_clf"].jobs.search(kinds=("call",)).total == 0


def test_a_call_that_is_too_large_is_refused_in_words(tiny_models: Path) -> None:
    with running(Settings(models_dir=tiny_models, model="tiny", text_model="tiny", call_max_bytes=2048)) as app:
        client = app.test_client()
        for length_s in (0.1, 60.0):
            # By hand: the test client would leave a large file of its own open.
            head = b'--b\r\nContent-Disposition: form-data; name="recording"; filename="a.wav"\r\n\r\n'
            form = head + wav(voice(length_s)) + b"\r\n--b--\r\n"
            refused = client.post("/calls", data=form, content_type="multipart/form-data; boundary=b", headers=JSON)
            assert refused.status_code == 413
            assert "0.00195312 MB" in refused.get_json()["detail"]


def test_only_so_many_calls_wait_at_once(app: Flask, owner: FlaskClient) -> None:
    for _ in range(3):
        first = calls.waiting(app)
    refused = send(owner, wav(voice(1.0)))
    assert refused.status_code == 429
    assert int(refused.headers["Retry-After"]) > 0
    assert "Enough calls wait already" in refused.get_data(as_text=True)
    press(owner, f"/calls/{first.id}/cancel")
    assert send(owner, wav(voice(1.0))).status_code == 303


def test_nobody_else_sees_or_touches_a_call(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    stranger = calls.as_owner(app.test_client(), "f" * 32)
    for who in (stranger, app.test_client()):
        for page in PAGES:
            assert who.get(f"/calls/{job.id}{page}").status_code == 404, page
        for deed in DEEDS:
            assert who.post(f"/calls/{job.id}{deed}", headers=JSON).status_code == 404, deed
    missing = "0" * 32
    for page in PAGES:
        assert owner.get(f"/calls/{missing}{page}").status_code == 404, page
    for page in PAGES:
        answer = owner.get(f"/calls/{job.id}{page}")
        assert answer.status_code == 200, page
        answer.close()


def test_a_foreign_page_cannot_send_a_form(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    for address in ("/calls", *(f"/calls/{job.id}{deed}" for deed in DEEDS)):
        refused = owner.post(address, data={"csrf_token": "made up"}, headers=BROWSER)
        assert refused.status_code == 400, address
    assert app.extensions["emotion_clf"].jobs.get(job.id).state is JobState.SUCCEEDED


def test_an_administrators_page_has_no_calls_and_a_call_page_no_texts(app: Flask, owner: FlaskClient) -> None:
    from tests.support import readings

    text = readings.finished(app)
    assert owner.get(f"/calls/{text.id}").status_code == 404


def test_a_call_is_cancelled_tried_again_and_deleted(app: Flask, owner: FlaskClient) -> None:
    job = calls.waiting(app)
    assert press(owner, f"/calls/{job.id}/cancel").status_code == 303
    assert "It was stopped." in body(owner, f"/calls/{job.id}")
    assert press(owner, f"/calls/{job.id}/retry").status_code == 303
    assert owner.get(f"/calls/{job.id}/state").get_json()["state"] == "queued"
    gone = press(owner, f"/calls/{job.id}/delete")
    assert "Deleted." in body(owner, gone.headers["Location"])
    assert owner.get(f"/calls/{job.id}").status_code == 404


def test_a_failure_is_told_in_words(app: Flask, owner: FlaskClient) -> None:
    job = calls.failed(app, NoAudioStreamError("The file holds no sound. Send another one."))
    page = body(owner, f"/calls/{job.id}")
    assert "The file holds no sound. Send another one." in page
    assert "Try again" in page
    for page_of_result in (".json", ".csv", "/view.json"):
        assert owner.get(f"/calls/{job.id}{page_of_result}", headers=JSON).status_code == 409


def test_the_page_shows_score_moments_and_windows(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    page = body(owner, f"/calls/{job.id}")
    shown = re.search(r"data-score>([\d.]+)<", page)
    assert shown is not None
    told = owner.get(f"/calls/{job.id}.json").get_json()
    assert float(shown.group(1)) == told["score"]["value"] > 5.5
    assert "Between" in page
    assert "of 10" in page
    assert page.count("data-row=") == 32
    assert "not judged" in page
    assert "Not for decisions about the agent" in page
    assert "voice is judged, too" not in page


def test_the_table_is_filtered_and_paged(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app, found=calls.timeline(("angry", "calm") * 15))
    first = body(owner, f"/calls/{job.id}")
    assert "Page 1 of 2" in first
    assert "Page 2 of 2" in body(owner, f"/calls/{job.id}?page=2")
    angry = body(owner, f"/calls/{job.id}?emotion=angry")
    assert angry.count("data-row=") == 30
    assert owner.get(f"/calls/{job.id}?emotion=odd").status_code == 400
    assert "data-row=" not in body(owner, f"/calls/{job.id}?page=99")


def test_too_little_speech_has_no_score(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app, found=calls.timeline(("angry",)))
    page = body(owner, f"/calls/{job.id}")
    assert "No score" in page
    assert "Not enough speech" in page
    assert "data-score" not in page


def test_a_score_without_a_sound_is_still_a_page(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app, sound=False)
    page = body(owner, f"/calls/{job.id}")
    assert "not kept any more" in page
    assert "<audio" not in page
    assert owner.get(f"/calls/{job.id}/sound").status_code == 404


def test_the_sound_is_served_in_ranges(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    part = owner.get(f"/calls/{job.id}/sound", headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.data, part.mimetype) == (206, b"fLaC", "audio/flac")
    part.close()


def test_another_customer_is_judged_at_once(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    before = owner.get(f"/calls/{job.id}.json").get_json()
    done = press(owner, f"/calls/{job.id}/customer", customer="left")
    assert done.status_code == 303, done.get_data(as_text=True)
    timeline = app.extensions["emotion_clf"].calls.get(job.id).timeline
    assert (timeline.customer, timeline.customer_chosen) == ("left", True)
    assert {window.speaker for window in timeline.windows if window.label} == {"left"}
    assert owner.get(f"/calls/{job.id}.json").get_json()["score"] != before["score"]
    assert "You said so." in body(owner, f"/calls/{job.id}")


def test_a_customer_who_is_not_there_or_a_model_that_is_gone_is_said(app: Flask, owner: FlaskClient) -> None:
    from dataclasses import replace

    job = calls.finished(app)
    for wanted in ("", "the boss"):
        assert press(owner, f"/calls/{job.id}/customer", customer=wanted).status_code == 400
    other = calls.finished(app, found=replace(calls.timeline(), model_name="gone"))
    refused = press(owner, f"/calls/{other.id}/customer", customer="left")
    assert refused.status_code == 503
    page = refused.get_data(as_text=True)
    assert "not installed any more" in page
    assert "data-score" in page
    waiting = calls.waiting(app)
    assert press(owner, f"/calls/{waiting.id}/customer", customer="left").status_code == 409


def test_a_judged_agent_is_labelled(app: Flask, owner: FlaskClient) -> None:
    from dataclasses import replace

    customer, agent = calls.timeline(), calls.timeline(judged="left")
    both = tuple(a if a.label else b for a, b in zip(customer.windows, agent.windows, strict=True))
    job = calls.finished(app, found=replace(customer, windows=both))
    page = body(owner, f"/calls/{job.id}")
    assert "voice is judged, too." in page
    assert "not to be used about this person" in page


def test_exports_parse(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app, "=call.wav")
    rows = list(csv.DictReader(io.StringIO(owner.get(f"/calls/{job.id}.csv").get_data().decode("utf-8-sig"))))
    assert len(rows) == 32
    assert {row["label"] for row in rows} == {"", "angry", "calm"}
    told = json.loads(owner.get(f"/calls/{job.id}.json").data)
    assert len(told["timeline"]["windows"]) == 32
    assert owner.get(f"/calls/{job.id}.vtt").get_data(as_text=True).startswith("WEBVTT")
    for line in owner.get(f"/calls/{job.id}.labels.txt").get_data(as_text=True).splitlines():
        start, end, _ = line.split("\t")
        assert 0 <= float(start) < float(end) <= 96
    drawn = owner.get(f"/calls/{job.id}/view.json").get_json()
    assert drawn["duration_s"] == 96
    assert [len(row) for row in drawn["peaks"]] == [768, 768]
    assert [lane["judged"] for lane in drawn["lanes"]] == [False, True]
    for _, start, end, lane, label, percent, _, shares in drawn["windows"]:
        assert 0 <= start < end <= 96
        assert (label >= 0) == bool(shares) == (lane == 1)
        assert not shares or max(shares) == percent


def test_a_link_shows_the_call_until_it_is_taken_back(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app, "A private call.wav")
    made = press(owner, f"/calls/{job.id}/shares", lasts="hour")
    assert made.status_code == 201
    found = re.search(r'value="http://localhost(/shared/[\w-]{43})"', made.get_data(as_text=True))
    assert found is not None
    link, stranger = found.group(1), app.test_client()
    answer = stranger.get(link)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers
    assert "data-score" in page
    assert '<form method="post"' not in page
    assert job.id not in page
    assert stranger.get(f"{link}/view.json").get_json()["duration_s"] == 96
    assert stranger.get(f"{link}/sound").status_code == 404
    assert link.rsplit("/", 1)[1] not in body(owner, f"/calls/{job.id}")
    share = app.extensions["emotion_clf"].shares.of_call(job.id)[0]
    assert press(owner, f"/calls/{job.id}/shares/{share.id}/revoke").status_code == 303
    assert press(owner, f"/calls/{job.id}/shares/{share.id}/revoke").status_code == 404
    for address in (link, f"{link}/view.json", f"{link}/sound", "/shared/guessed", "/shared/" + "a" * 43):
        gone = stranger.get(address, headers=JSON)
        assert (gone.status_code, gone.get_json()["detail"]) == (
            404,
            "There is nothing at this link. It has expired, was taken back, or was never made.",
        )


def test_a_link_with_the_sound_plays_it(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    made = owner.post(f"/calls/{job.id}/shares", json={"lasts": "week", "sound": True}, headers=JSON)
    assert made.status_code == 201
    link = made.get_json()["url"].removeprefix("http://localhost")
    stranger = app.test_client()
    assert "<audio" in stranger.get(link).get_data(as_text=True)
    heard = stranger.get(f"{link}/sound")
    assert heard.data[:4] == b"fLaC"
    heard.close()
    assert owner.post(f"/calls/{job.id}/shares", json={"lasts": "forever"}, headers=JSON).status_code == 400
    waiting = calls.waiting(app)
    assert owner.post(f"/calls/{waiting.id}/shares", json={"lasts": "day"}, headers=JSON).status_code == 409
    owner.post(f"/calls/{job.id}/retry", headers=JSON)
    assert stranger.get(link).status_code == 404
    owner.post(f"/calls/{job.id}/delete", headers=JSON)
    assert stranger.get(link).status_code == 404


def test_links_expire_and_are_forgotten(app: Flask) -> None:
    shares = app.extensions["emotion_clf"].shares
    job = calls.finished(app)
    short, token_of_short = shares.create(job.id, timedelta(hours=1), with_sound=False)
    long, token_of_long = shares.create(job.id, timedelta(days=7), with_sound=True)
    assert token_of_short != token_of_long
    assert shares.find(token_of_short) == short
    later = datetime.now(UTC) + timedelta(hours=2)
    with pytest.raises(NotFoundError):
        shares.find(token_of_short, later)
    assert shares.of_call(job.id, later) == [long]
    assert shares.purge_expired(later) == 1
    assert shares.find(token_of_long, later) == long
    app.extensions["emotion_clf"].jobs.delete(job.id)
    with pytest.raises(NotFoundError):
        shares.find(token_of_long)


def test_the_database_holds_no_token(app: Flask) -> None:
    job = calls.finished(app)
    _, made = app.extensions["emotion_clf"].shares.create(job.id, timedelta(hours=1), with_sound=False)
    folder = app.extensions["emotion_clf"].settings.instance_dir
    stored = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert b"shares" in stored
    assert made.encode() not in stored


def test_listeners_hear_of_a_call(app: Flask, owner: FlaskClient) -> None:
    job = calls.finished(app)
    answer = owner.get(f"/calls/{job.id}/events")
    told = answer.get_data(as_text=True)
    assert "event: job" in told
    assert f'"page": "/calls/{job.id}"' in told
    seen = re.search(r"^id: (\d+)$", told, re.MULTILINE)
    assert seen is not None
    assert owner.get(f"/calls/{job.id}/events", headers={"Last-Event-ID": seen.group(1)}).status_code == 204


def test_the_sound_of_the_tests_is_what_the_page_expects(app: Flask) -> None:
    import soundfile

    job = calls.finished(app)
    info = soundfile.info(app.extensions["emotion_clf"].calls.sound(job.id))
    assert (info.samplerate, info.channels, round(info.duration)) == (SAMPLE_RATE_HZ, 2, 96)
