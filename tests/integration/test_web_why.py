"""Why: from what is kept, from the sample, from the clip sent once more, and from a window of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from emotion_clf.audio import hear
from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.speech.manifest import Manifest
from tests.conftest import running
from tests.support.bundles import make_adaptive_bundle
from tests.support.dialogues import small_call
from tests.support.heard_calls import heard_call, judged_windows
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, send_json, token, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

CLIP = wav(voice(2.0))


def check(why: dict[str, Any], start_s: float, end_s: float) -> None:
    assert why["start_s"][0] == start_s
    assert why["end_s"][-1] == pytest.approx(end_s, abs=0.002)
    assert why["start_s"][1:] == why["end_s"][:-1]
    assert len(why["effect"]) == len(why["start_s"]) == len(why["end_s"])
    assert np.isfinite(why["effect"]).all()
    for span in (why["strongest"], why["opposing"]):
        assert span is None or start_s <= span["start_s"] < span["end_s"] <= end_s + 0.002


def test_a_kept_recording_is_explained(client: FlaskClient) -> None:
    answer = send_json(client, CLIP, keep="y").get_json()
    why = client.post(f"{answer['permalink']}/why", headers=JSON).get_json()
    check(why, 0.0, 2.0)
    assert why["label"] == answer["label"]
    assert why["note"] is None
    assert answer["label"] in why["sentence"]


def test_a_recording_that_was_not_kept_is_sent_once_more(client: FlaskClient) -> None:
    link = send_json(client, CLIP).get_json()["permalink"]
    lost = client.post(f"{link}/why", headers=JSON)
    assert (lost.status_code, lost.get_json()["code"]) == (404, "not_found")
    again = client.post(f"{link}/why", data=upload(CLIP), headers=JSON).get_json()
    kept = send_json(client, CLIP, keep="y").get_json()["permalink"]
    assert again["effect"] == pytest.approx(client.post(f"{kept}/why", headers=JSON).get_json()["effect"], abs=0.02)
    broken = client.post(f"{link}/why", data=upload(b"no sound at all"), headers=JSON)
    assert broken.status_code == 415


def test_a_sample_is_explained_without_scripts(client: FlaskClient) -> None:
    sent = client.post("/emotion_predict", data={"sample": "even", "csrf_token": token(client)}, headers=BROWSER)
    asked = client.post(f"{sent.location}/why", data={"csrf_token": token(client)}, headers=BROWSER)
    assert asked.status_code == 303
    page = client.get(asked.location, headers=BROWSER).get_data(as_text=True)
    assert 'class="why-chart"' in page
    assert page.count('<rect class="why-') > 5
    assert 'class="why-chart"' not in client.get(sent.location, headers=BROWSER).get_data(as_text=True)


def test_why_is_for_the_browser_the_result_belongs_to(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    link = send_json(mine, CLIP, keep="y").get_json()["permalink"]
    assert other.post(f"{link}/why", headers=JSON).status_code == 404
    forged = mine.post(f"{link}/why", headers={**JSON, "Origin": "https://evil.test"})
    assert forged.status_code == 400


def test_a_model_that_was_replaced_does_not_answer_for_another(tmp_path: Path) -> None:
    make_adaptive_bundle(tmp_path / "models" / "tiny")
    with running(Settings(models_dir=tmp_path / "models", model="tiny")) as app:
        client = app.test_client()
        link = send_json(client, CLIP, keep="y").get_json()["permalink"]
        path = tmp_path / "models" / "tiny" / "manifest.json"
        path.write_text(path.read_text("utf-8").replace('"version": "0.0.1"', '"version": "0.0.2"'), "utf-8")
        assert Manifest.read(path.parent).version == "0.0.2"
        refused = client.post(f"{link}/why", headers=JSON)
        assert (refused.status_code, refused.get_json()["code"]) == (404, "model_not_found")
        assert "tiny 0.0.1" in refused.get_json()["detail"]
        page = client.get(f"{link}?why=1", headers=BROWSER)
        assert page.status_code == 200
        assert "tiny 0.0.1" in page.get_data(as_text=True)


def test_an_adapted_answer_is_explained_beside_its_voice(tmp_path: Path) -> None:
    make_adaptive_bundle(tmp_path / "models" / "tiny", prior_clips=1.0)
    with running(Settings(models_dir=tmp_path / "models", model="tiny")) as app:
        client = app.test_client()
        first = send_json(client, wav(0.3 * voice(1.0)), same_voice="1").get_json()
        second = send_json(client, CLIP, same_voice="1", keep="y").get_json()
        assert second["adapted_to_clips"] == 1
        adapted = client.post(f"{second['permalink']}/why", headers=JSON).get_json()
        assert adapted["note"] is None
        client.post(f"{first['permalink']}/delete", headers=JSON)
        cold = client.post(f"{second['permalink']}/why", headers=JSON).get_json()
        assert "0 are still here" in cold["note"]
        assert cold["effect"] != adapted["effect"]


OWNER = "a" * 32


@pytest.fixture
def call_app() -> Iterator[Flask]:
    """The product as it ships, which adapts to voices."""
    with running(Settings(models_dir=PROJECT_DIR / "ml_models" / "models")) as app:
        yield app


def visitor(app: Flask, owner: str = OWNER) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as session:
        session["visitor"] = owner
    return client


def test_a_window_of_a_call_is_explained_in_seconds_of_the_call(call_app: Flask) -> None:
    job_id = heard_call(call_app, small_call(4), owner=OWNER, customer="right")
    timeline = call_app.extensions["emotion_clf"].calls.get(job_id).timeline
    client = visitor(call_app)
    numbers = judged_windows(call_app, job_id)
    for number in numbers:
        window = timeline.windows[number]
        why = client.get(f"/calls/{job_id}/windows/{number}/why").get_json()
        check(why, window.start_s, window.end_s)
        assert why["label"] == window.label
    unjudged = next(number for number, window in enumerate(timeline.windows) if window.speaker == "left")
    for number in (unjudged, 999):
        refused = client.get(f"/calls/{job_id}/windows/{number}/why")
        assert (refused.status_code, refused.get_json()["code"]) == (404, "not_found")
    assert visitor(call_app, "b" * 32).get(f"/calls/{job_id}/windows/{numbers[0]}/why").status_code == 404
    call_app.extensions["emotion_clf"].calls.sound(job_id).unlink()
    gone = client.get(f"/calls/{job_id}/windows/{numbers[0]}/why")
    assert (gone.status_code, "not kept" in gone.get_json()["detail"]) == (404, True)


def test_a_window_is_explained_by_the_very_odds_of_its_answer(call_app: Flask) -> None:
    from emotion_clf.pipeline.call_judge import voice_of
    from emotion_clf.pipeline.why import cut_window

    job_id = heard_call(call_app, small_call(4), owner=OWNER, customer="right")
    services = call_app.extensions["emotion_clf"]
    timeline, embeddings = services.calls.get(job_id).timeline, services.calls.embeddings(job_id)
    model, number = services.models.get(), judged_windows(call_app, job_id)[0]
    window = timeline.windows[number]
    embedding = model.embed(hear(cut_window(services.jobs.folder(job_id), timeline, number)).waveform)
    odds = model.log_odds(embedding[None], window.label, voice_of(timeline, embeddings, window.speaker))[0]
    assert odds == pytest.approx(np.log(window.confidence / (1 - window.confidence)), abs=0.02)
