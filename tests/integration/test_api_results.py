"""Jobs that are asked for through the API, done by a real worker, and told of."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

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
