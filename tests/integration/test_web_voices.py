"""“This is me again”: only what a visitor called their own voice is ever used."""

from __future__ import annotations

import io
import re
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.settings import Settings
from tests.conftest import running
from tests.support.bundles import make_adaptive_bundle, make_onnx_bundle
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, send_html, send_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask
    from flask.testing import FlaskClient

BOX = 'name="same_voice"'


@pytest.fixture
def models(tmp_path: Path) -> Path:
    make_adaptive_bundle(tmp_path / "models" / "adaptive")
    make_onnx_bundle(tmp_path / "models" / "plain")
    return tmp_path / "models"


@pytest.fixture
def app(models: Path) -> Iterator[Flask]:
    with running(Settings(models_dir=models, model="adaptive")) as app:
        yield app


def clip(gain: float) -> bytes:
    return wav(voice(1.0) * np.float32(gain))


def form(client: FlaskClient) -> str:
    return client.get("/emotion", headers=BROWSER).get_data(as_text=True)


def named(client: FlaskClient) -> str | None:
    """The clip that the form says ticking the box calls the visitor's own."""
    found = re.search(r'name="same_voice_as" value="(\w+)"', form(client))
    return found and found.group(1)


def adapted(client: FlaskClient, gain: float = 0.5, **fields: str) -> int:
    answer = send_json(client, clip(gain), **fields)
    assert answer.status_code == 200, answer.get_json()
    return int(answer.get_json()["adapted_to_clips"])


def test_a_new_visitor_is_offered_nothing(client: FlaskClient) -> None:
    assert BOX not in form(client)
    assert "an embedding of yours, 4 numbers, is kept with each result" in form(client)


def test_the_box_names_the_clip_it_would_use_until_one_is_marked(client: FlaskClient) -> None:
    first = send_json(client, clip(0.2), "first.wav").get_json()["id"]
    page = form(client)
    assert BOX in page
    assert "Only if first.wav" in page
    assert named(client) == first
    assert adapted(client, same_voice="1", same_voice_as=first) == 1
    assert named(client) is None
    assert "normalised by your 2 earlier clips here" in form(client)
    assert adapted(client, same_voice="1") == 2


def test_a_browser_sees_what_its_answer_was_adapted_to(client: FlaskClient) -> None:
    first = send_json(client, clip(0.2)).get_json()["id"]
    sent = send_html(client, clip(0.5), same_voice="1", same_voice_as=first)
    page = client.get(sent.location).get_data(as_text=True)
    assert "Adapted to 1 earlier clip of this voice." in page
    assert "yours, as you said" in page
    assert "Adapted to" not in client.get(f"/analyses/{first}").get_data(as_text=True)


def test_the_answer_is_the_predictors_for_the_same_clips(client: FlaskClient, models: Path, tmp_path: Path) -> None:
    from emotion_clf import EmotionPredictor

    gains = (0.2, 0.4, 0.6)
    for gain in gains[:2]:
        adapted(client, gain, same_voice="1")
    web = send_json(client, clip(0.6), same_voice="1").get_json()
    paths = [tmp_path / f"{gain}.wav" for gain in gains]
    for path, gain in zip(paths, gains, strict=True):
        path.write_bytes(clip(gain))
    predictor = EmotionPredictor(settings=Settings(models_dir=models, model="adaptive"))
    here = predictor.predict_audio(paths[2], same_voice=paths[:2])
    assert web["adapted_to_clips"] == here.prediction.adapted_to_clips == 2
    assert web["probabilities"] == pytest.approx(here.prediction.probabilities, rel=1e-9)


def test_a_program_that_says_it_from_the_start_needs_no_naming(client: FlaskClient) -> None:
    assert [adapted(client, same_voice="1") for _ in range(3)] == [0, 1, 2]


def test_clips_of_other_people_are_never_mixed_in(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    adapted(mine, same_voice="1")
    assert adapted(mine, 0.9) == 0
    assert adapted(mine, 0.9, same_voice="0") == 0
    assert adapted(mine, 0.9, same_voice="") == 0
    assert adapted(other, same_voice="1") == 0
    assert adapted(mine, same_voice="1") == 1


def test_a_clip_of_somebody_else_cannot_be_named(app: Flask) -> None:
    mine, other = app.test_client(), app.test_client()
    theirs = send_json(other, clip(0.2)).get_json()["id"]
    refused = send_json(mine, clip(0.5), same_voice="1", same_voice_as=theirs)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "invalid_request")
    assert "Reload the page" in refused.get_json()["detail"]
    assert adapted(other, same_voice="1") == 0


def test_a_failed_clip_marks_nothing(client: FlaskClient) -> None:
    first = send_json(client, clip(0.2)).get_json()["id"]
    refused = send_json(client, wav(np.zeros(16_000)), same_voice="1", same_voice_as=first)
    assert refused.status_code == 422
    assert named(client) == first


def test_a_ticked_box_survives_a_refusal(client: FlaskClient) -> None:
    send_json(client, clip(0.2))
    page = send_html(client, b"nothing", same_voice="1").get_data(as_text=True)
    assert re.search(r'name="same_voice"[^>]* checked', page)
    assert not re.search(r'name="same_voice"[^>]* checked', form(client))


def test_a_deleted_clip_is_forgotten(client: FlaskClient) -> None:
    first = send_json(client, clip(0.2), same_voice="1").get_json()
    adapted(client, same_voice="1")
    client.post(f"{first['permalink']}/delete", headers=JSON)
    assert adapted(client, same_voice="1") == 1


@pytest.mark.parametrize(
    ("fields", "code", "sentence"),
    [
        ({"same_voice": "yes"}, "invalid_request", "'same_voice' takes 1"),
        ({"same_voice": "2"}, "invalid_request", "'same_voice' takes 1"),
        ({"same_voice": "1", "same_voice_as": "0" * 32}, "invalid_request", "is not here for this model"),
        ({"same_voice": "1", "same_voice_as": "' or 1=1"}, "invalid_request", "is not here for this model"),
        ({"same_voice": "1", "sample": "even"}, "invalid_request", "A sample is not your voice"),
        ({"same_voice": "1", "model": "plain"}, "model_not_adaptable", "choose a model that adapts"),
    ],
)
def test_bad_values_are_one_sentence(client: FlaskClient, fields: dict[str, str], code: str, sentence: str) -> None:
    refused = send_json(client, clip(0.5), **fields)
    assert (refused.status_code, refused.get_json()["code"]) == (400, code)
    assert sentence in refused.get_json()["detail"]


def test_samples_and_models_that_do_not_adapt_leave_no_embedding(client: FlaskClient) -> None:
    client.post("/emotion_predict", data={"sample": "even"}, headers=JSON)
    send_json(client, clip(0.2), model="plain")
    assert BOX not in form(client)


def test_an_operator_can_keep_no_embeddings(models: Path) -> None:
    with running(Settings(models_dir=models, model="adaptive", keep_embeddings=False)) as app:
        client = app.test_client()
        assert adapted(client) == 0
        page = form(client)
        assert BOX not in page
        assert "embedding" not in page
        assert "embedding of the voice, where" not in client.get("/privacy").get_data(as_text=True)
        refused = send_json(client, clip(0.5), same_voice="1")
        assert refused.status_code == 400
        assert "keeps no embeddings" in refused.get_json()["detail"]


def test_another_version_of_the_model_starts_anew(models: Path, client: FlaskClient) -> None:
    adapted(client, same_voice="1")
    shutil.rmtree(models / "adaptive")
    make_adaptive_bundle(models / "adaptive", version="0.0.2")
    assert BOX not in form(client)


def test_each_model_is_offered_its_own_clips(models: Path) -> None:
    make_adaptive_bundle(models / "second")
    with running(Settings(models_dir=models, model="adaptive")) as app:
        client = app.test_client()
        first = send_json(client, clip(0.2)).get_json()["id"]
        second = send_json(client, clip(0.2), model="second").get_json()["id"]
        page = form(client)
        assert page.count(BOX) == 2
        assert re.findall(r'<fieldset[^>]*data-for-model="(\w+)"', page) == ["adaptive", "second"]
        # A page without scripts sends what both models offer.
        both = {"same_voice": ["1", "1"], "same_voice_as": [first, second], "model": "second"}
        answer = client.post("/emotion_predict", data={**both, "audio": (io.BytesIO(clip(0.5)), "c.wav")}, headers=JSON)
        assert answer.get_json()["adapted_to_clips"] == 1
        assert named(client) == first
