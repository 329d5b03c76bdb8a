from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.audio import decode_path
from emotion_clf.settings import Settings
from tests.conftest import running
from tests.support.bundles import LABELS, make_hubert_bundle, make_onnx_bundle, save_tiny_hubert
from tests.support.sound import SAMPLES, encode, heard_path, real_clips, voice, wav
from tests.support.web import BROWSER, JSON, send_html, send_json, status, token

if TYPE_CHECKING:
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

    from emotion_clf.audio import Waveform


def test_a_browser_is_redirected_to_the_permalink(client: FlaskClient) -> None:
    sent = send_html(client, wav(voice(1.0)), "meine Aufnahme.wav")
    assert sent.status_code == 303
    page = client.get(sent.location)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert "meine Aufnahme.wav" in text
    assert all(label in text for label in LABELS)
    assert client.get(sent.location).get_data(as_text=True).count("%") == text.count("%")


def test_a_program_gets_json_without_a_token(client: FlaskClient) -> None:
    sent = send_json(client, wav(voice(1.0)))
    answer = sent.get_json()
    assert sent.status_code == 200
    assert answer["label"] == max(answer["probabilities"], key=answer["probabilities"].get)
    assert answer["confidence"] == answer["probabilities"][answer["label"]]
    assert sum(answer["probabilities"].values()) == pytest.approx(1.0)
    assert answer["model"] == {"name": "tiny", "version": "0.0.1"}
    assert answer["uncertain"] is False
    assert answer["duration_s"] == 1.0
    assert set(answer["timings_ms"]) == {"decode", "embed", "classify"}
    assert all(value >= 0 for value in answer["timings_ms"].values())
    assert client.get(answer["permalink"], headers=JSON).get_json()["id"] == answer["id"]


def test_a_page_of_another_site_cannot_send_the_form(client: FlaskClient) -> None:
    token(client)
    data = {"audio": (io.BytesIO(wav(voice(1.0))), "clip.wav")}
    for headers in (
        {"Accept": "text/html"},
        {"Accept": "*/*"},
        {},
        {**JSON, "Origin": "https://evil.test"},
        {**JSON, "Referer": "https://evil.test/page"},
        {**JSON, "Sec-Fetch-Site": "cross-site"},
    ):
        refused = client.post("/emotion_predict", data={**data, "audio": (io.BytesIO(b"x"), "x")}, headers=headers)
        assert refused.status_code == 400, headers
        assert "Reload the page" in refused.get_data(as_text=True)


def test_the_pages_own_script_sends_the_token_in_a_header(client: FlaskClient) -> None:
    headers = {**JSON, "Origin": "http://localhost", "X-CSRFToken": token(client)}
    data = {"audio": (io.BytesIO(wav(voice(1.0))), "clip.wav")}
    assert client.post("/emotion_predict", data=data, headers=headers).status_code == 200


def test_a_result_is_for_the_browser_that_made_it(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    answer = send_json(mine, wav(voice(1.0)), keep="y").get_json()
    link = answer["permalink"]
    for address in (link, f"{link}.json", f"{link}.csv", f"{link}/recording"):
        assert (status(mine, address), status(other, address)) == (200, 404)
    assert other.post(f"{link}/delete", headers=JSON).status_code == 404
    assert mine.get(link).status_code == 200


def test_downloads_hold_the_same_numbers(client: FlaskClient) -> None:
    answer = send_json(client, wav(voice(1.0)), "=1+cmd|calc!A0.wav").get_json()
    as_json = client.get(f"{answer['permalink']}.json")
    assert "attachment" in as_json.headers["Content-Disposition"]
    assert as_json.get_json()["probabilities"] == answer["probabilities"]
    as_csv = client.get(f"{answer['permalink']}.csv")
    assert "attachment" in as_csv.headers["Content-Disposition"]
    (row,) = csv.DictReader(io.StringIO(as_csv.get_data().decode("utf-8-sig")))
    assert row["label"] == answer["label"]
    assert {label: float(row[f"p_{label}"]) for label in LABELS} == answer["probabilities"]
    assert row["source_name"].startswith("'=")


def test_the_recording_is_kept_only_with_consent(client: FlaskClient, settings: Settings) -> None:
    without = send_json(client, wav(voice(1.0))).get_json()
    assert without["recording_expires_at"] is None
    assert status(client, f"{without['permalink']}/recording") == 404
    assert not (settings.instance_dir / "recordings").exists()
    kept = send_json(client, wav(voice(1.0)), keep="y").get_json()
    assert kept["recording_expires_at"] is not None
    with client.get(f"{kept['permalink']}/recording") as recording:
        assert recording.mimetype == "audio/flac"
        assert recording.data[:4] == b"fLaC"
    with client.get(f"{kept['permalink']}/recording", headers={"Range": "bytes=0-3"}) as part:
        assert (part.status_code, part.data) == (206, b"fLaC")


def test_delete_now_leaves_nothing(client: FlaskClient, settings: Settings) -> None:
    answer = send_json(client, wav(voice(1.0)), keep="y").get_json()
    deleted = client.post(
        f"{answer['permalink']}/delete", data={"csrf_token": token(client)}, headers=BROWSER, follow_redirects=True
    )
    assert deleted.status_code == 200
    assert client.get(answer["permalink"]).status_code == 404
    assert not list((settings.instance_dir / "recordings").iterdir())


def test_delete_answers_programs_with_no_content(client: FlaskClient) -> None:
    answer = send_json(client, wav(voice(1.0))).get_json()
    assert client.post(f"{answer['permalink']}/delete", headers=JSON).status_code == 204
    assert client.post(f"{answer['permalink']}/delete", headers=JSON).status_code == 404


def test_deleting_needs_the_token(client: FlaskClient) -> None:
    answer = send_json(client, wav(voice(1.0))).get_json()
    assert client.post(f"{answer['permalink']}/delete", headers=BROWSER).status_code == 400
    assert client.get(answer["permalink"]).status_code == 200


def test_the_form_page_lists_this_browsers_results(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    answer = send_json(mine, wav(voice(1.0)), "only-mine.wav").get_json()
    assert answer["permalink"] in mine.get("/emotion").get_data(as_text=True)
    assert answer["permalink"] not in other.get("/emotion").get_data(as_text=True)


def test_samples_can_be_heard_and_analysed(client: FlaskClient) -> None:
    page = client.get("/emotion").get_data(as_text=True)
    assert "synthetic" in page.lower()
    for path in sorted(SAMPLES.glob("*.flac")):
        assert path.name in page
        answer = client.post("/emotion_predict", data={"sample": path.stem}, headers=JSON)
        assert answer.status_code == 200
        assert answer.get_json()["duration_s"] == pytest.approx(decode_path(path).waveform.duration_s, abs=0.001)
    refused = client.post("/emotion_predict", data={"sample": "../secret"}, headers=JSON)
    assert refused.status_code == 400


def test_results_never_lie_in_the_cookie(client: FlaskClient) -> None:
    sent = send_html(client, wav(voice(1.0)))
    cookies = "".join(sent.headers.getlist("Set-Cookie"))
    assert len(cookies) < 1024
    cookie = client.get_cookie("emotion-clf")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_the_model_can_be_chosen(tmp_path: Path) -> None:
    make_onnx_bundle(tmp_path / "models" / "first")
    make_onnx_bundle(tmp_path / "models" / "second", uncertain_below=1.0)
    with running(Settings(models_dir=tmp_path / "models", model="first")) as app:
        client = app.test_client()
        assert "Tiny second" in client.get("/emotion").get_data(as_text=True)
        answer = send_json(client, wav(voice(1.0)), model="second").get_json()
        assert (answer["model"]["name"], answer["uncertain"]) == ("second", True)
        assert "uncertain" in client.get(answer["permalink"], headers=BROWSER).get_data(as_text=True).lower()
        assert send_json(client, wav(voice(1.0))).get_json()["model"]["name"] == "first"
        unknown = send_json(client, wav(voice(1.0)), model="third")
        assert (unknown.status_code, unknown.get_json()["code"]) == (404, "model_not_found")


def test_the_web_path_embeds_like_the_training_path(tmp_path: Path) -> None:
    """The same file, uploaded in the browser and read by a training command, gives one embedding."""
    from emotion_clf.speech.hubert_embedder import HubertEmbedder
    from emotion_clf.speech.manifest import HubertEmbedderSpec

    save_tiny_hubert(tmp_path / "checkpoint")
    spec = HubertEmbedderSpec(source=str(tmp_path / "checkpoint"), dim=16)
    make_hubert_bundle(tmp_path / "models" / "hubert", spec)
    clip = real_clips(1)[0]
    with running(Settings(models_dir=tmp_path / "models", model="hubert")) as app:
        model = app.extensions["emotion_clf"].models.get()
        seen: list[np.ndarray] = []
        embed = model.embed

        def remember(waveform: Waveform) -> np.ndarray:
            seen.append(embed(waveform))
            return seen[-1]

        model.embed = remember
        assert send_json(app.test_client(), clip.read_bytes(), clip.name).status_code == 200
    (web,) = seen
    training = HubertEmbedder(spec, threads=1).embed(heard_path(clip))
    assert web @ training / (np.linalg.norm(web) * np.linalg.norm(training)) > 0.9999


def test_a_decoder_that_is_killed_is_no_fault_of_the_file(settings: Settings, tmp_path: Path) -> None:
    killed = tmp_path / "ffmpeg"
    killed.write_text("#!/bin/sh\nkill -9 $$\n", encoding="ascii")
    killed.chmod(0o700)
    with running(settings.model_copy(update={"ffmpeg_path": str(killed)})) as app:
        answer = send_json(app.test_client(), wav(voice(1.0)))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
    assert answer.get_json()["code"] == "decoder_failed"
    assert "Try again" in answer.get_json()["detail"]


@pytest.mark.parametrize("path", real_clips(4), ids=lambda path: path.stem)
def test_the_embedded_model_answers_real_speech(path: Path, embedded_settings: Settings) -> None:
    with running(embedded_settings) as app:
        answer = send_json(app.test_client(), path.read_bytes(), path.name)
        assert answer.status_code == 200
        found = answer.get_json()
        assert set(found["probabilities"]) == {"neutral", "happy", "sad", "angry", "fear", "disgust"}
        assert found["model"]["name"] == "embedded"


def test_long_recordings_are_cut_with_a_warning(client: FlaskClient) -> None:
    answer = send_json(
        client, encode(voice(33.0), "-c:a", "libopus", "-b:a", "24k", "-f", "webm"), "long.webm"
    ).get_json()
    assert answer["duration_s"] == 30.0
    assert "cut" in [warning["code"] for warning in answer["warnings"]]
    page = client.get(answer["permalink"], headers=BROWSER).get_data(as_text=True)
    assert "Only the first 30 s" in page
