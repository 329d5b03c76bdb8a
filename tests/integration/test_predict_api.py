"""POST /predict and GET /jobs/<id>, as programs use them."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest

from emotion_clf.pipeline.requests import SourceOptions, SourceRequest
from emotion_clf.settings import Settings
from emotion_clf.text import EMOTIONS
from tests.conftest import running
from tests.support import media_server as server
from tests.support.jobs import site
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, token

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def post(client: FlaskClient, body: Any, **options: Any) -> TestResponse:
    """Post as `curl --json` does, or as it does without saying what to answer."""
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post("/predict", data=data, content_type="application/json", **options)


def refused(answer: TestResponse, status: int) -> str:
    """The sentence of a problem."""
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    problem = answer.get_json()
    assert problem["status"] == status
    assert problem["code"]
    detail: str = problem["detail"]
    return detail


def test_a_text_is_answered_at_once(client: FlaskClient) -> None:
    answer = post(client, {"text": "I am so happy! This was disgusting."})
    assert answer.status_code == 200
    found = answer.get_json()
    assert [(each["text"], each["emotion"]) for each in found["sentences"]] == [
        ("I am so happy!", "happiness"),
        ("This was disgusting.", "disgust"),
    ]
    assert found["emotions"] == {**dict.fromkeys(EMOTIONS, 0), "happiness": 1, "disgust": 1}
    assert found["model"] == {"name": "tiny", "version": "0.0.1"}
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("accept", ["*/*", "application/json", None], ids=str)
def test_programs_need_no_token(client: FlaskClient, accept: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    assert post(client, {"text": "Hello."}, headers=headers).status_code == 200


@pytest.mark.parametrize(
    "marks",
    [{"Origin": "https://evil.test"}, {"Referer": "https://evil.test/"}, {"Sec-Fetch-Site": "cross-site"}],
    ids=lambda marks: next(iter(marks)),
)
def test_browsers_need_the_token(client: FlaskClient, marks: dict[str, str]) -> None:
    for body in ({"text": "Hello."}, {"url": VIDEO}):
        assert post(client, body, headers=marks).status_code == 400
    own = {**BROWSER, "Accept": "application/json", "X-CSRFToken": token(client)}
    assert post(client, {"text": "Hello."}, headers=own).status_code == 200


def test_a_form_of_another_site_gets_nowhere(client: FlaskClient) -> None:
    disguised = client.post("/predict", data='{"text": "Hello.", "x": "="}', content_type="text/plain")
    assert disguised.status_code == 400


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "dictionary"),
        (b"null", "dictionary"),
        (b'"text"', "dictionary"),
        ({}, 'either "text" or "url"'),
        ({"text": None}, 'either "text" or "url"'),
        ({"text": "Hello.", "url": VIDEO}, 'either "text" or "url"'),
        ({"text": "Hello.", "texts": []}, "no field 'texts'"),
        ({"text": 3}, "'text'"),
        ({"text": ["Hello."]}, "'text'"),
        ({"text": "Hello.", "engine": "whisper"}, "go with url only"),
        ({"text": "Hello.", "redact": "yes"}, "'redact'"),
        ({"url": VIDEO, "engine": "magic"}, "no such engine"),
        ({"url": VIDEO, "language": "../.."}, "'language'"),
        ({"url": "x" * 5000}, "'url'"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_request_that_makes_no_sense_is_one_sentence(client: FlaskClient, body: Any, sentence: str) -> None:
    assert sentence in refused(post(client, body), 400)


def test_a_form_of_fields_says_where_a_recording_goes(client: FlaskClient) -> None:
    headers = {"Accept": "application/json"}
    assert "multipart/form-data" in refused(client.post("/predict", data="text=Hello", headers=headers), 415)
    assert "application/json" in refused(client.post("/predict", data="text=Hello", headers=headers), 415)


@pytest.mark.parametrize(
    ("text", "status", "code"),
    [
        ("", 422, "empty_text"),
        (" \n\u200b", 422, "empty_text"),
        ("a" * 1024**2, 413, "text_too_long"),
        ("ä" * 200_000, 413, "text_too_long"),
        ("ä" * 3 * 1024**2, 413, "text_too_long"),
    ],
    ids=["nothing", "blanks", "1 MB", "over in bytes", "over any JSON of it"],
)
def test_a_text_that_cannot_be_used_is_refused(client: FlaskClient, text: str, status: int, code: str) -> None:
    answer = post(client, {"text": text})
    refused(answer, status)
    assert answer.get_json()["code"] == code


def test_strange_characters_are_read(client: FlaskClient) -> None:
    for body in (b'{"text": "I am \\ud83d happy\\u0000!"}', '{"text": "🎉"}'.encode()):
        assert len(post(client, body).get_json()["sentences"]) == 1


def test_a_model_that_is_not_there_is_named(client: FlaskClient) -> None:
    for body in ({"text": "Hello.", "model": "other"}, {"url": VIDEO, "model": "../tiny"}):
        assert "Installed: tiny" in refused(post(client, body), 404)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("", "not_a_url"),
        ("nonsense", "not_a_url"),
        ("file:///etc/passwd", "scheme_not_allowed"),
        ("ftp://youtube.com/x", "scheme_not_allowed"),
        ("ytsearch:cats", "scheme_not_allowed"),
        ("http://127.0.0.1/", "private_address"),
        ("https://youtube.com.evil.test/watch?v=dQw4w9WgXcQ", "host_not_allowed"),
        ("https://evil.test/?youtube.com", "host_not_allowed"),
    ],
)
def test_an_address_that_is_refused_makes_no_job(client: FlaskClient, app: Flask, url: str, code: str) -> None:
    answer = post(client, {"url": url})
    refused(answer, 400)
    assert answer.get_json()["code"] == code
    assert app.extensions["emotion_clf"].jobs.search().total == 0


def test_an_address_becomes_a_job(client: FlaskClient, app: Flask) -> None:
    asked = {"url": VIDEO, "engine": "captions", "language": "en", "redact": True, "speakers": True}
    answer = post(client, asked)
    assert answer.status_code == 202
    job = answer.get_json()
    assert answer.headers["Location"] == f"/jobs/{job['id']}" == job["links"]["self"]
    assert job["state"] == "queued"
    assert job["options"] == {"engine": "captions", "model": None, "language": "en", "redact": True, "speakers": True}
    assert [step["name"] for step in job["steps"]] == ["fetch", "decode", "transcribe", "classify"]
    later = app.test_client().get(f"/jobs/{job['id']}")
    assert later.get_json() == job
    waiting = app.test_client().get(f"/jobs/{job['id']}/result")
    assert "has not ended" in refused(waiting, 409)
    assert waiting.headers["Retry-After"] == "2"
    app.extensions["emotion_clf"].jobs.cancel(job["id"])
    assert "was stopped" in refused(client.get(f"/jobs/{job['id']}/result"), 409)


def test_only_admins_have_addresses_fetched_from_a_server_that_strangers_reach(tiny_models: Path) -> None:
    settings = Settings(models_dir=tiny_models, model="tiny", text_model="tiny", host="0.0.0.0")  # noqa: S104
    with running(settings) as app:
        client = app.test_client()
        assert "Sign in" in refused(post(client, {"url": VIDEO}), 401)
        assert post(client, {"text": "Hello."}).status_code == 200
        assert app.extensions["emotion_clf"].jobs.search().total == 0


def test_a_job_of_somebody_else_is_not_there(client: FlaskClient, app: Flask) -> None:
    jobs = app.extensions["emotion_clf"].jobs
    for owner in ("admin:1", "0123456789abcdef"):
        job = jobs.create(SourceRequest("text", "", SourceOptions()), owner=owner, text="A secret.")
        for path in ("", "/result"):
            assert "secret" not in refused(client.get(f"/jobs/{job.id}{path}"), 404)
    for job_id in ("0" * 32, "x", "%00", "..%2f"):
        assert client.get(f"/jobs/{job_id}").status_code == 404


def test_a_job_is_followed_to_its_result(tmp_path: Path) -> None:
    with server.serving() as media, site(tmp_path, [media.host]) as found:
        media.answers["/talk.wav"] = server.file(wav(voice(3.0)))
        media.answers["/page"] = server.page(
            '<video src="/talk.wav"><track src="/en.vtt" srclang="en" kind="subtitles"></video>'
        )
        media.answers["/en.vtt"] = server.file(
            b"WEBVTT\n\n00:00.000 --> 00:01.000\nI am so happy!\n\n00:01.000 --> 00:02.500\nI am afraid.\n", "text/vtt"
        )
        found.start()
        with running(found.settings) as app:
            client = app.test_client()
            good, bad = (post(client, {"url": media.url(path)}).headers["Location"] for path in ("/page", "/gone.wav"))
            for address in (good, bad):
                found.wait(lambda at=address: client.get(at).get_json()["state"] in {"succeeded", "failed"})
            done = client.get(good).get_json()
            assert done["state"] == "succeeded", done["error"]
            result = client.get(done["links"]["result"]).get_json()
            assert [(each["text"], each["emotion"], each["start_s"]) for each in result["sentences"]] == [
                ("I am so happy!", "happiness", 0.0),
                ("I am afraid.", "fear", 1.0),
            ]
            assert (result["engine"], result["model_name"]) == ("captions", "tiny")
            failed = client.get(bad).get_json()
            assert failed["error"]["code"] == "media_not_found"
            assert "result" not in failed["links"]
            assert failed["error"]["message"] in refused(client.get(f"{bad}/result"), 409)


def test_a_clip_is_answered_in_the_shortest_form_and_not_stored(client: FlaskClient, scratch: Path) -> None:
    clip = {"file": (io.BytesIO(wav(voice(1.0))), "clip.wav"), "model": "tiny"}
    sent = client.post("/predict", data=clip)
    assert sent.status_code == 200
    told = sent.get_json()
    assert set(told) == {"emotion", "confidence", "all_emotions", "filename"}
    assert told["emotion"] == max(told["all_emotions"], key=told["all_emotions"].get)
    assert told["confidence"] == told["all_emotions"][told["emotion"]]
    assert told["filename"] == "clip.wav"
    assert sum(told["all_emotions"].values()) == pytest.approx(1)
    assert "Set-Cookie" not in sent.headers
    assert not list(scratch.iterdir())


def test_the_shortest_form_refuses_what_is_no_clip(client: FlaskClient) -> None:
    empty = client.post("/predict", data={"model": "tiny"}, content_type="multipart/form-data")
    assert (empty.status_code, empty.get_json()["code"]) == (400, "invalid_request")
    other = client.post("/predict", data={"file": (io.BytesIO(b"nothing"), "clip.wav")})
    assert (other.status_code, other.mimetype) == (415, "application/problem+json")
    foreign = {"Origin": "https://evil.test"}
    clip = {"file": (io.BytesIO(wav(voice(1.0))), "clip.wav")}
    assert client.post("/predict", data=clip, headers=foreign).get_json()["code"] == "csrf"
