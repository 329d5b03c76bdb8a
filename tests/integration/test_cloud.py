"""The contract of Vertex AI's containers, asked as the platform asks."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pydantic import ValidationError

from emotion_clf.settings import Settings
from tests.conftest import running
from tests.support.sound import encode, real_clips, voice, wav
from tests.support.web import BROWSER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

PREDICT = "/v1/endpoints/1234/deployedModels/5678:predict"
HEALTH = "/v1/endpoints/1234/deployedModels/5678"


@pytest.fixture
def cloud(tiny_models: Path) -> Settings:
    return Settings(
        models_dir=tiny_models,
        model="tiny",
        text_model="tiny",
        aip_predict_route=PREDICT,
        aip_health_route=HEALTH,
        max_upload_bytes=1024**2,
        cloud_instances=8,
    )


@pytest.fixture
def client(cloud: Settings) -> Iterator[FlaskClient]:
    with running(cloud) as app:
        yield app.test_client()


def sound(data: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(data).decode()}


def ask(client: FlaskClient, body: Any, address: str = PREDICT) -> TestResponse:
    data = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(address, data=data, content_type="application/json")


def refused(answer: TestResponse, status: int, code: str = "invalid_request") -> str:
    assert answer.status_code == status, answer.get_data(as_text=True)
    assert answer.mimetype == "application/problem+json"
    assert answer.get_json()["code"] == code
    return str(answer.get_json()["detail"])


def test_each_instance_has_its_answer_in_its_place(client: FlaskClient) -> None:
    instances = [
        {"text": "I am so happy!"},
        sound(wav(voice())),
        sound(encode(voice(), "-c:a", "libopus", "-f", "webm")),
        {"text": "This was disgusting. I am so happy!"},
    ]
    answer = ask(client, {"instances": instances})
    assert answer.status_code == 200, answer.get_data(as_text=True)
    first, second, third, fourth = answer.get_json()["predictions"]
    assert [each["emotion"] for each in first["sentences"]] == ["happiness"]
    assert [each["emotion"] for each in fourth["sentences"]] == ["disgust", "happiness"]
    for heard in (second, third):
        assert sum(heard["probabilities"].values()) == pytest.approx(1)
        assert heard["probabilities"][heard["label"]] == heard["confidence"]
    assert "Set-Cookie" not in answer.headers


def test_real_speech_gets_the_same_answer_as_through_the_page(client: FlaskClient) -> None:
    clips = [path.read_bytes() for path in real_clips(3)]
    found = ask(client, {"instances": [sound(clip) for clip in clips]}).get_json()["predictions"]
    for clip, prediction in zip(clips, found, strict=True):
        ours = client.post(
            "/emotion_predict",
            data={"audio": (io.BytesIO(clip), "clip")},
            headers={"Accept": "application/json"},
        ).get_json()
        assert prediction["probabilities"] == ours["probabilities"]


def test_an_instance_that_cannot_be_used_does_not_spoil_the_others(client: FlaskClient) -> None:
    instances = [
        sound(wav(np.zeros(16_000, np.float32))),
        sound(b"no sound at all"),
        {"text": "  "},
        {"text": "I am so happy!"},
    ]
    answer = ask(client, {"instances": instances})
    assert answer.status_code == 200
    *bad, good = answer.get_json()["predictions"]
    assert [each["error"]["code"] for each in bad] == ["silent_audio", "unsupported_audio", "empty_text"]
    assert good["sentences"][0]["emotion"] == "happiness"


def test_the_parameters_choose_the_models(client: FlaskClient) -> None:
    instances = [{"text": "I am so happy!"}]
    chosen = ask(client, {"instances": instances, "parameters": {"model": "tiny", "text_model": "tiny"}})
    assert chosen.get_json()["predictions"][0]["model"]["name"] == "tiny"
    for field in ("model", "text_model"):
        detail = refused(ask(client, {"instances": instances, "parameters": {field: "huge"}}), 404, "model_not_found")
        assert "tiny" in detail


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        ([], "Field"),
        ({}, "instances"),
        ({"instances": []}, "instances"),
        ({"instances": {"b64": ""}}, "instances"),
        ({"instances": ["aGk="]}, "instances.0"),
        ({"instances": [{}]}, '"b64" or "text"'),
        ({"instances": [{"b64": "aGk=", "text": "hi"}]}, '"b64" or "text"'),
        ({"instances": [{"b64": 3}]}, "instances.0.b64"),
        ({"instances": [{"url": "http://localhost"}]}, "instances.0.url"),
        ({"instances": [{"text": "hi"}, {"b64": "not base64!"}]}, "instances.1.b64"),
        ({"instances": [{"b64": "YWJj\n"}]}, "instances.0.b64"),
        ({"instances": [{"b64": "é"}]}, "instances.0.b64"),
        ({"instances": [{"text": "hi"}], "parameters": {"beam": 3}}, "parameters.beam"),
        ({"instances": [{"text": "hi"}], "more": 1}, "more"),
        ({"instances": [{"text": "hi"}] * 9}, "9 instances, more than 8"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_breaks_the_contract_is_refused_as_a_whole(client: FlaskClient, body: Any, told: str) -> None:
    detail = refused(ask(client, body), 400)
    assert told.removeprefix("Field") in detail


def test_nothing_of_a_recording_is_told_back(client: FlaskClient) -> None:
    assert "private" not in refused(ask(client, {"instances": [{"b64": "private!"}]}), 400)


def test_what_is_too_large_is_refused(client: FlaskClient, cloud: Settings) -> None:
    over = sound(bytes(cloud.max_upload_bytes + 1))
    assert "instances.0" in refused(ask(client, {"instances": [over]}), 413, "upload_too_large")
    assert refused(ask(client, {"instances": [over] * 2}), 413, "upload_too_large")


def test_what_is_no_text_is_one_instance_s_fault(client: FlaskClient) -> None:
    wrong: list[Any] = [None, 3, float("nan"), ["a"], {}, ""]
    answer = ask(client, {"instances": [*({"text": text} for text in wrong), {"text": "I am so happy!"}]})
    assert answer.status_code == 200
    *bad, good = answer.get_json()["predictions"]
    assert [each["error"]["code"] for each in bad] == [*["not_a_text"] * 5, "empty_text"]
    assert [each["error"]["detail"].partition(" is")[0] for each in bad] == [f"Instance {n}" for n in range(1, 7)]
    assert good["sentences"]


def test_a_text_over_the_limit_is_one_instance_s_fault(client: FlaskClient, cloud: Settings) -> None:
    answer = ask(client, {"instances": [{"text": "a" * (cloud.text_max_bytes + 1)}, {"text": "I am so happy!"}]})
    assert answer.get_json()["predictions"][0]["error"]["code"] == "text_too_long"


def test_a_server_without_models_says_so(cloud: Settings, tmp_path: Path) -> None:
    empty = cloud.model_copy(update={"models_dir": tmp_path / "none"})
    with running(empty) as app:
        answer = ask(app.test_client(), {"instances": [{"text": "hi"}]})
        assert answer.status_code == 404
        assert app.test_client().get(HEALTH).status_code == 503


def test_the_health_path_tells_when_the_models_are_loaded(client: FlaskClient) -> None:
    before = client.get(HEALTH)
    assert before.status_code == 503
    assert before.get_json()["checks"] == {"model": False, "text_model": False}
    ask(client, {"instances": [{"text": "I am so happy!"}, sound(wav(voice()))]})
    assert client.get(HEALTH).status_code == 200


def test_a_page_of_another_site_cannot_ask(client: FlaskClient) -> None:
    body = json.dumps({"instances": [{"text": "hi"}]})
    answer = client.post(PREDICT, data=body, headers=BROWSER, content_type="application/json")
    assert answer.status_code == 400


def test_without_the_settings_there_is_nothing(settings: Settings) -> None:
    with running(settings) as app:
        assert not [rule for rule in app.url_map.iter_rules() if rule.endpoint.startswith("cloud.")]
        assert app.test_client().get(HEALTH).status_code == 404


def test_the_platform_s_path_comes_before_ours(cloud: Settings) -> None:
    with running(cloud.model_copy(update={"aip_predict_route": "/predict", "aip_health_route": "/health/live"})) as app:
        client = app.test_client()
        assert "predictions" in ask(client, {"instances": [{"text": "I am so happy!"}]}, "/predict").get_json()
        assert "checks" in client.get("/health/live").get_json()


def test_the_platform_s_port_comes_before_ours() -> None:
    assert Settings(port=8000).web_port == 8000
    assert Settings(port=8000, aip_http_port=8080).web_port == 8080


@pytest.mark.parametrize("route", ["predict", "/<path:any>", "/a b", "http://host/"])
def test_a_route_is_a_plain_path(route: str) -> None:
    with pytest.raises(ValidationError):
        Settings(aip_predict_route=route)
