from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from emotion_clf.storage.repeats import GIVEN_UP, KEPT
from tests.conftest import running
from tests.support.api import CLIP, V1, code, resources, send_clip

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from emotion_clf.settings import Settings

URL = {"url": "https://youtu.be/dQw4w9WgXcQ"}


def post(client: FlaskClient, area: str, body: Any, **headers: str) -> TestResponse:
    return client.post(f"{V1}/{area}", json=body, headers={name.replace("_", "-"): v for name, v in headers.items()})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (["Good.", ""], "Sentence 2 is blank. Leave it out, or write something."),
        (["Good.", None], "Sentence 2 is empty (None or null) and not a text."),
        ([3], "Sentence 1 is a number and not a text."),
        (" ", "There is no text here."),
        (None, "There is no text here."),
    ],
)
def test_an_item_that_is_no_text_is_named_in_words(client: FlaskClient, text: Any, told: str) -> None:
    answer = post(client, "texts", {"text": text})
    assert answer.status_code == 422
    assert told in answer.get_json()["detail"]
    assert "Input should" not in answer.get_json()["detail"]


def test_another_language_is_told(client: FlaskClient) -> None:
    found = post(client, "texts", {"text": ["I am so happy with you.", "Ich hasse dich!"]}).get_json()
    assert [sentence["language"] for sentence in found["sentences"]] == [None, "de"]
    assert found["sentences"][1]["uncertain"]
    assert "Sentence 2" in found["notes"][0]


def test_a_clip_is_heard_as_on_its_page_and_kept_without_its_sound(client: FlaskClient, scratch: Path) -> None:
    sent = send_clip(client)
    assert sent.status_code == 201
    heard = sent.get_json()
    page = client.post(
        "/emotion_predict", data={"audio": (io.BytesIO(CLIP), "clip.wav")}, headers={"Accept": "application/json"}
    ).get_json()
    assert heard["probabilities"] == pytest.approx(page["probabilities"])
    assert heard["recording_expires_at"] is None
    assert client.get(sent.headers["Location"]).get_json() == heard
    assert client.delete(sent.headers["Location"]).status_code == 204
    assert client.get(sent.headers["Location"]).status_code == 404
    assert not list(scratch.iterdir())


def test_a_clip_is_heard_by_the_model_asked_for(client: FlaskClient) -> None:
    assert send_clip(client, model="tiny").get_json()["model"]["name"] == "tiny"
    assert code(send_clip(client, model="nobody")) == "model_not_found"
    assert code(send_clip(client, model="../etc")) == "invalid_fields"


def test_what_is_no_clip_is_refused_by_name(client: FlaskClient) -> None:
    def send(**data: Any) -> TestResponse:
        return client.post(f"{V1}/clips", data=data, content_type="multipart/form-data")

    missing = send(model="tiny")
    assert (missing.status_code, code(missing)) == (422, "invalid_fields")
    assert missing.get_json()["errors"][0]["field"] == "file"
    assert code(send(file=(io.BytesIO(b"nothing of sound"), "clip.wav"))) == "unsupported_audio"
    assert code(send(file="not a file")) == "invalid_fields"
    unknown = send(file=(io.BytesIO(CLIP), "clip.wav"), keep="yes")
    assert unknown.get_json()["errors"] == [
        {"in": "body", "field": "keep", "message": "Extra inputs are not permitted"}
    ]
    twice = send(file=[(io.BytesIO(CLIP), "a.wav"), (io.BytesIO(CLIP), "b.wav")])
    assert twice.get_json()["errors"][0]["message"] == "is sent more than once"


def test_several_clips_do_not_spoil_each_other(client: FlaskClient) -> None:
    files = [(io.BytesIO(CLIP), "good.wav"), (io.BytesIO(b"bad"), "bad.wav")]
    sent = client.post(f"{V1}/clips/batch", data={"files": files})
    first, second = sent.get_json()["items"]
    assert (first["file_name"], first["analysis"]["source_name"], first["problem"]) == ("good.wav", "good.wav", None)
    assert (second["analysis"], second["problem"]["code"]) == (None, "unsupported_audio")
    assert client.get(f"{V1}/analyses").get_json()["total"] == 1
    many = [(io.BytesIO(CLIP), f"{n}.wav") for n in range(9)]
    assert code(client.post(f"{V1}/clips/batch", data={"files": many})) == "invalid_fields"


def test_more_than_fits_is_refused(settings: Settings) -> None:
    with running(settings.model_copy(update={"max_upload_bytes": 1000, "text_max_bytes": 100})) as app:
        client = app.test_client()
        sent = client.post(f"{V1}/clips", data={"file": (io.BytesIO(b"RIFF" + bytes(1000)), "a.wav")})
        assert (sent.status_code, code(sent)) == (413, "body_too_large")
        sent = client.post(f"{V1}/clips", data={"file": (io.BytesIO(bytes(100_000)), "a.wav")})
        assert (sent.status_code, code(sent)) == (413, "body_too_large")
        long = post(client, "texts", {"text": "long " * 40})
        assert (long.status_code, code(long)) == (413, "text_too_long")
        assert code(post(client, "texts", {"text": "long " * 20_000})) == "body_too_large"


def test_a_text_is_split_and_a_list_is_not(client: FlaskClient) -> None:
    text = "What a day! I am so happy."
    found = post(client, "texts", {"text": text}).get_json()
    assert [sentence["text"] for sentence in found["sentences"]] == ["What a day!", "I am so happy."]
    listed = post(client, "texts", {"text": [text, "Go away."]}).get_json()
    assert [sentence["text"] for sentence in listed["sentences"]] == [text, "Go away."]
    for wrong in ({"text": " "}, {"text": []}, {"text": 1}, {}, {"text": "Good.", "also": 1}, [], "text"):
        assert post(client, "texts", wrong).status_code in {400, 422}, wrong


def test_lists_come_in_pages_with_links(client: FlaskClient) -> None:
    ids = [send_clip(client).get_json()["id"] for _ in range(3)]
    found: list[str] = []
    address = f"{V1}/analyses?per_page=2"
    while address:
        page = client.get(address)
        found += [item["id"] for item in page.get_json()["items"]]
        links = dict(reversed(part.split("; ", 1)) for part in page.headers["Link"].split(", "))  # type: ignore[misc]
        address = links.get('rel="next"', "").strip("<>")
    assert found == ids[::-1]
    assert page.get_json()["pages"] == 2
    assert 'rel="prev"' in page.headers["Link"]
    for wrong in ("page=0", "per_page=101", "page=x", "nothing=1", "page=1&page=2"):
        assert code(client.get(f"{V1}/analyses?{wrong}")) == "invalid_fields"


def test_what_has_not_changed_is_not_sent_again(client: FlaskClient) -> None:
    address = post(client, "urls", URL).headers["Location"]
    first = client.get(address)
    same = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (same.status_code, same.data) == (304, b"")
    client.post(f"{address}/cancel")
    changed = client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.get_json()["state"]) == (200, "cancelled")


def test_a_jobs_life(client: FlaskClient) -> None:
    sent = post(client, "urls", {**URL, "redact": True})
    assert sent.status_code == 202
    job = sent.get_json()
    assert (job["state"], job["options"]["redact"]) == ("queued", True)
    assert job["links"] == {"self": sent.headers["Location"], "result": None}
    address = sent.headers["Location"]
    early = client.get(f"{address}/result")
    assert (early.status_code, code(early), early.headers["Retry-After"]) == (409, "job_state", "2")
    assert code(client.post(f"{address}/retry", json={})) == "job_state"
    assert client.post(f"{address}/cancel").get_json()["state"] == "cancelled"
    assert code(client.post(f"{address}/cancel")) == "job_state"
    assert code(client.post(f"{address}/retry", json={"from_step": "embed"})) == "job_state"
    assert client.post(f"{address}/retry", json={"from_step": "fetch"}).get_json()["state"] == "queued"
    listed = client.get(f"{V1}/jobs?state=queued&kind=url").get_json()
    assert [each["id"] for each in listed["items"]] == [job["id"]]
    assert client.get(f"{V1}/jobs?kind=call").get_json()["items"] == []
    assert client.delete(address).status_code == 204
    assert client.get(address).status_code == 404


def test_an_address_that_is_not_fetched_is_refused_at_once(client: FlaskClient) -> None:
    assert code(post(client, "urls", {"url": "https://example.org/a.mp4"})) == "host_not_allowed"
    assert code(post(client, "urls", {"url": "file:///etc/passwd"})) in {"scheme_not_allowed", "not_a_url"}
    assert code(post(client, "urls", {**URL, "model": "nobody"})) == "model_not_found"


def test_a_call_waits_in_the_queue_and_no_more_of_them_than_allowed(client: FlaskClient, settings: Settings) -> None:
    def send(data: bytes = CLIP) -> TestResponse:
        return client.post(f"{V1}/calls", data={"file": (io.BytesIO(data), "call.wav"), "customer": "left"})

    assert code(send(b"no sound at all")) == "unsupported_audio"
    assert (
        code(client.post(f"{V1}/calls", data={"file": "no file"}, content_type="multipart/form-data"))
        == "invalid_fields"
    )
    sent = [send() for _ in range(settings.call_waiting + 1)]
    assert [each.status_code for each in sent[:-1]] == [202] * settings.call_waiting
    assert sent[0].get_json()["options"]["customer"] == "left"
    assert sent[-1].status_code == 429
    assert int(sent[-1].headers["Retry-After"]) > 0


def test_a_request_under_a_key_is_done_once_and_answered_alike(client: FlaskClient) -> None:
    headers = {"Idempotency-Key": "a-1"}
    first, again = send_clip(client, headers), send_clip(client, headers)
    assert (again.status_code, again.data, again.headers["Location"]) == (201, first.data, first.headers["Location"])
    assert ("Idempotency-Replayed" in first.headers, again.headers["Idempotency-Replayed"]) == (False, "true")
    assert client.get(f"{V1}/analyses").get_json()["total"] == 1
    other = post(client, "texts", {"text": "Good."}, Idempotency_Key="a-1")
    assert (other.status_code, code(other)) == (422, "idempotency_key_reused")
    assert code(send_clip(client, headers, model="tiny")) == "idempotency_key_reused"
    assert code(send_clip(client, {"Idempotency-Key": "with a blank"})) == "invalid_fields"


def test_an_error_is_not_kept_under_a_key(client: FlaskClient) -> None:
    assert post(client, "texts", {"text": "Good.", "model": "nobody"}, Idempotency_Key="b").status_code == 404
    assert post(client, "texts", {"text": "Good."}, Idempotency_Key="b").status_code == 200


def test_of_many_requests_at_once_under_a_key_one_is_done(app: Flask) -> None:
    gate = threading.Barrier(4)

    def send() -> int:
        gate.wait()
        return post(app.test_client(), "urls", URL, Idempotency_Key="c").status_code

    with ThreadPoolExecutor(4) as threads:
        statuses = [done.result() for done in [threads.submit(send) for _ in range(4)]]
    assert set(statuses) <= {202, 409}
    assert 202 in statuses
    assert app.test_client().get(f"{V1}/jobs").get_json()["total"] == 1


def test_answers_under_keys_are_forgotten_in_time_and_with_what_they_name(app: Flask, client: FlaskClient) -> None:
    repeats = resources(app).repeats
    kept = send_clip(client, {"Idempotency-Key": "d"})
    client.delete(kept.headers["Location"])
    assert send_clip(client, {"Idempotency-Key": "d"}).get_json()["id"] != kept.get_json()["id"]
    now = datetime.now(UTC)
    assert repeats.purge(now + KEPT - timedelta(minutes=1)) == 0
    assert repeats.purge(now + KEPT + timedelta(minutes=1)) == 1
    assert repeats.begin("local", "e", "0") is None
    waiting = repeats.begin("local", "e", "0")
    assert waiting is not None
    assert waiting.answer is None
    assert repeats.purge(now + GIVEN_UP + timedelta(minutes=1)) == 1


def test_models_say_what_they_are(client: FlaskClient) -> None:
    listed = client.get(f"{V1}/models").get_json()["items"]
    assert {(each["name"], each["kind"], each["default"]) for each in listed} == {
        ("tiny", "speech", True),
        ("tiny", "text", True),
    }
    assert client.get(f"{V1}/models/tiny").get_json()["items"] == listed
    assert code(client.get(f"{V1}/models/nobody")) == "model_not_found"


@pytest.mark.parametrize("name", ["%00", "..%2f..", "a b", "x" * 65, "%f0%9f%98%80"])
def test_no_odd_name_reaches_the_database(client: FlaskClient, name: str) -> None:
    for address in (f"{V1}/jobs/{name}", f"{V1}/analyses/{name}", f"{V1}/models/{name}"):
        assert code(client.get(address)) == "not_found"


def test_every_error_of_the_api_is_a_problem_whatever_is_accepted(client: FlaskClient) -> None:
    for accept in ("text/html", "*/*", "image/png"):
        assert code(client.get(f"{V1}/nothing", headers={"Accept": accept})) == "not_found"
        wrong = client.put(f"{V1}/texts", headers={"Accept": accept})
        assert (code(wrong), wrong.headers["Allow"]) == ("method_not_allowed", "OPTIONS, POST")


def test_the_short_form_of_health(client: FlaskClient) -> None:
    assert client.get("/health").get_json() == {"status": "ok"}


def test_what_is_said_of_an_answer_can_be_changed_and_taken_back(app: Flask, client: FlaskClient) -> None:
    sent = send_clip(client)
    address, told = f"{sent.headers['Location']}/feedback", sent.get_json()
    other = next(label for label in told["probabilities"] if label != told["label"])
    store = app.extensions["emotion_clf"].feedback
    for label, right, correction in ((told["label"], True, None), (other, False, other), (None, False, None)):
        given = client.put(address, json={"label": label}).get_json()
        assert (given["right"], given["correction"], given["predicted"]) == (right, correction, told["label"])
        found = store.find(told["id"], owner="local")
        assert (found.right, found.correction) == (right, correction)
    unknown = client.put(address, json={"label": "hungry"})
    assert (unknown.status_code, code(unknown)) == (409, "label_unknown")
    assert client.delete(address).status_code == 204
    assert store.find(told["id"], owner="local") is None
    assert client.put(f"{V1}/analyses/{'0' * 32}/feedback", json={"label": None}).status_code == 404


def send_nothing(client: FlaskClient) -> TestResponse:
    return client.post(f"{V1}/clips", data={"model": "tiny"}, content_type="multipart/form-data")


def test_a_field_that_will_not_do_is_named_as_it_was_sent(client: FlaskClient) -> None:
    for sent, named in (
        (client.get(f"{V1}/jobs?state=done&kind=film"), [("query", "state"), ("query", "kind")]),
        (post(client, "texts", {"text": ["Good.", " "]}), [("body", "text")]),
        (post(client, "texts", {"text": "Good.", "model": "No!", "more": 1}), [("body", "model"), ("body", "more")]),
        (send_nothing(client), [("body", "file")]),
    ):
        assert code(sent) == "invalid_fields"
        assert [(each["in"], each["field"]) for each in sent.get_json()["errors"]] == named
        assert "None" not in sent.get_data(as_text=True)


def test_a_head_says_what_a_get_would(client: FlaskClient) -> None:
    whole, head = client.get(f"{V1}/models"), client.head(f"{V1}/models")
    assert (head.data, head.headers["ETag"]) == (b"", whole.headers["ETag"])
    assert client.head(f"{V1}/models", headers={"If-None-Match": whole.headers["ETag"]}).status_code == 304
    assert "openapi.json" in client.get(f"{V1}/nothing").get_json()["detail"]
