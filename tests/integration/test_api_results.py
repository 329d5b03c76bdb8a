"""Jobs that are asked for through the API, done by a real worker, and told of."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest

from emotion_clf.calls.exports import audacity_labels, timeline_csv, timeline_webvtt
from emotion_clf.calls.score import score
from emotion_clf.storage import WebhookStore
from tests.conftest import running
from tests.support import media_server as server
from tests.support.api import V1, code
from tests.support.bundles import make_onnx_bundle
from tests.support.calls import finished, timeline
from tests.support.jobs import site
from tests.support.receiver import receiving
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

WORDS = b"WEBVTT\n\n00:00.000 --> 00:01.000\nI am so happy!\n\n00:01.000 --> 00:02.500\nI am afraid.\n"


def test_an_address_and_a_call_are_followed_to_their_results_and_told_of(tmp_path: Path) -> None:
    make_onnx_bundle(tmp_path / "models" / "tiny")
    with receiving() as receiver, server.serving() as media:
        place = f"127.0.0.1:{receiver.server_port}"
        with site(tmp_path, [media.host], MODEL="tiny", WEBHOOK_HOSTS=json.dumps([place])) as found:
            media.answers["/talk.wav"] = server.file(wav(voice(3.0)))
            media.answers["/page"] = server.page(
                '<video src="/talk.wav"><track src="/en.vtt" srclang="en" kind="subtitles"></video>'
            )
            media.answers["/en.vtt"] = server.file(WORDS, "text/vtt")
            found.start()
            with running(found.settings) as app:
                client = app.test_client()
                hook = f"http://{place}/hook"
                urls = [
                    client.post(f"{V1}/urls", json={"url": media.url(path), "webhook_url": hook})
                    for path in ("/page", "/gone.wav")
                ]
                recording = (io.BytesIO(wav(voice(8.0))), "call.wav")
                call = client.post(f"{V1}/calls", data={"file": recording, "speakers": "one", "webhook_url": hook})
                good, bad, heard = (sent.headers["Location"] for sent in (*urls, call))
                for address in (good, bad, heard):
                    found.wait(lambda at=address: client.get(at).get_json()["state"] in {"succeeded", "failed"})
                found.wait(lambda: len(receiver.told) == 3, "the hook was not told")

                job = client.get(good).get_json()
                result = client.get(job["links"]["result"]).get_json()
                assert [(each["text"], each["emotion"], each["start_s"]) for each in result["sentences"]] == [
                    ("I am so happy!", "happiness", 0.0),
                    ("I am afraid.", "fear", 1.0),
                ]
                assert client.get(f"{good}/export?form=csv").get_data(as_text=True).count("\n") == 3
                subtitles = client.get(f"{good}/export?form=srt")
                assert subtitles.mimetype == "application/x-subrip"
                assert "I am afraid. [fear" in subtitles.get_data(as_text=True)
                assert code(client.get(f"{good}/export?form=labels")) == "not_found"
                assert (result["kind"], result["summary"]["engine"], result["call"]) == ("url", "captions", None)
                assert client.get(bad).get_json()["error"]["code"] == "media_not_found"
                assert code(client.get(f"{bad}/result")) == "job_state"
                told = {news["job"]["id"]: news["job"]["state"] for news in (json.loads(b) for *_, b in receiver.told)}
                assert told == {
                    each.rsplit("/", 1)[-1]: client.get(each).get_json()["state"] for each in (good, bad, heard)
                }
                assert client.get(heard).get_json()["state"] == "succeeded", client.get(heard).get_json()["error"]
                windows = client.get(f"{heard}/result").get_json()["call"]["timeline"]["windows"]
                assert windows


def test_a_calls_result_is_its_timeline_and_its_score(app: Flask, client: FlaskClient) -> None:
    job = finished(app, owner="local")
    result = client.get(f"{V1}/jobs/{job.id}/result").get_json()
    expected = timeline()
    assert result["kind"] == "call"
    assert result["sentences"] is None
    assert result["call"]["timeline"] == json.loads(json.dumps(expected.as_dict()))
    assert result["call"]["score"] == json.loads(json.dumps(score(expected).as_dict()))
    assert result["call"]["moments"]
    assert not WebhookStore(app.extensions["emotion_clf"].database).take_due()


def test_a_calls_windows_can_be_spoken_of(app: Flask, client: FlaskClient) -> None:
    job = finished(app, owner="local")
    windows = client.get(f"{V1}/jobs/{job.id}/result").get_json()["call"]["timeline"]["windows"]
    number, window = next((n, each) for n, each in enumerate(windows) if each["label"] is not None)
    unjudged = next(n for n, each in enumerate(windows) if each["label"] is None)
    other = next(label for label in timeline().labels if label != window["label"])
    address, said = f"{V1}/jobs/{job.id}/windows/{number}/feedback", f"{V1}/jobs/{job.id}/feedback"
    assert client.get(said).get_json() == {"items": []}
    for label, right, correction in ((window["label"], True, None), (other, False, other), (None, False, None)):
        given = client.put(address, json={"label": label}).get_json()
        assert (given["right"], given["correction"], given["predicted"]) == (right, correction, window["label"])
        assert client.get(said).get_json()["items"] == [{"window": number, **given}]
    unknown = client.put(address, json={"label": "hungry"})
    assert (unknown.status_code, code(unknown)) == (409, "label_unknown")
    for missing in (unjudged, 10**6):
        refused = client.put(f"{V1}/jobs/{job.id}/windows/{missing}/feedback", json={"label": None})
        assert (refused.status_code, code(refused)) == (404, "not_found")
    assert client.delete(address).status_code == client.delete(address).status_code == 204
    assert client.get(said).get_json() == {"items": []}
    somebody_elses = finished(app, owner="key:other")
    for method in ("PUT", "DELETE"):
        refused = client.open(
            f"{V1}/jobs/{somebody_elses.id}/windows/{number}/feedback", method=method, json={"label": None}
        )
        assert code(refused) == "not_found"


def test_a_call_is_taken_away_as_files(app: Flask, client: FlaskClient) -> None:
    address, expected = f"{V1}/jobs/{finished(app, owner='local').id}/export", timeline()
    for form, kind, text in (
        ("csv", "text/csv", timeline_csv(expected)),
        ("vtt", "text/vtt", timeline_webvtt(expected)),
        ("labels", "text/plain", audacity_labels(expected)),
    ):
        sent = client.get(f"{address}?form={form}")
        assert (sent.status_code, sent.mimetype, sent.get_data(as_text=True)) == (200, kind, text)
        assert form in sent.headers["Content-Disposition"]
        assert client.get(f"{address}?form={form}", headers={"If-None-Match": sent.headers["ETag"]}).status_code == 304
    assert code(client.get(f"{address}?form=srt")) == "not_found"
    assert code(client.get(f"{address}?form=docx")) == "invalid_fields"


@pytest.mark.parametrize(("speakers", "customer"), [("channels", "A"), ("voices", "left"), ("one", "B")])
def test_a_customer_whom_such_a_call_cannot_have_is_refused_at_once(
    client: FlaskClient, speakers: str, customer: str
) -> None:
    recording = (io.BytesIO(wav(voice(1.0))), "call.wav")
    fields = {"file": recording, "speakers": speakers, "customer": customer}
    refused = client.post(f"{V1}/calls", data=fields)
    assert (refused.status_code, code(refused)) == (422, "invalid_fields")
    assert refused.get_json()["errors"][0]["field"] == "customer"
    assert "the customer is one of" in refused.get_json()["detail"]
    assert client.get(f"{V1}/jobs").get_json()["total"] == 0
