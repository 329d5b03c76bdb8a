"""Every kind of bad input: the right status, one sentence, HTML or JSON as asked, and nothing left behind."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf.settings import Settings
from tests.conftest import running
from tests.support.processes import children
from tests.support.sound import encode, run_ffmpeg, voice, wav
from tests.support.web import BROWSER, JSON, post_raw, send_html, send_json, token, upload

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from flask.testing import FlaskClient


def with_nan() -> bytes:
    samples = voice(1.0)
    samples[:] = np.nan
    return wav(samples, subtype="FLOAT")


def silent_video() -> bytes:
    return run_ffmpeg(["-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=1", "-c:v", "mpeg4", "-f", "mp4"])


def sounding_video() -> bytes:
    tone = ["-f", "lavfi", "-i", "aevalsrc=0.2*sin(1000*t)*sin(9*t):d=1"]
    return run_ffmpeg(
        ["-f", "lavfi", "-i", "testsrc=s=64x64:r=5:d=1", *tone, "-c:v", "mpeg4", "-c:a", "aac", "-f", "mp4"]
    )


def ten_hours_of_silence() -> bytes:
    data = run_ffmpeg(
        ["-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono", "-t", "36000", "-frame_size", "65535", "-f", "flac"]
    )
    assert len(data) < 1024**2
    return data


REFUSED: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty file": (lambda: b"", 422, "empty"),
    "header only": (lambda: wav(voice(1.0))[:44], 422, "holds 0.00 s"),
    "text named .wav": (lambda: b"I am not a wave file at all.\n" * 40, 415, "not audio in a format we know"),
    "playlist named .wav": (lambda: b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", 415, "not audio"),
    "too short": (lambda: wav(voice(0.3)), 422, "Record at least 0.5 s"),
    "torn mp4": (lambda: encode(voice(1.0), "-c:a", "aac", "-f", "ipod")[:900], 422, "damaged or incomplete"),
    "video without sound": (silent_video, 422, "no sound track"),
    "NaN samples": (with_nan, 422, "not numbers"),
    "pure silence": (lambda: wav(np.zeros(16_000)), 422, "silent"),
    "ten hours of silence": (ten_hours_of_silence, 422, "silent"),
}
ACCEPTED: dict[str, tuple[Callable[[], bytes], str | None]] = {
    "truncated in the middle": (lambda: encode(voice(4.0), "-f", "flac")[:40_000], "damaged"),
    "eight channels": (lambda: wav(np.repeat(voice(1.0)[:, None], 8, axis=1)), "many_channels"),
    "192 kHz": (lambda: encode(voice(1.0), "-ar", "192000", "-f", "wav"), None),
    "video with sound": (sounding_video, None),
}
NAMES = ["../../x.wav", "/etc/passwd", "x" * 255, "-i.wav", "<script>alert(1)</script>.wav", "\u202e.wav"]


@pytest.fixture(autouse=True)
def _nothing_left(scratch: Path) -> object:
    before = children()
    yield
    assert list(scratch.iterdir()) == []
    assert children() <= before


@pytest.mark.parametrize("kind", REFUSED)
def test_refused_as_json(client: FlaskClient, kind: str) -> None:
    make, status, sentence = REFUSED[kind]
    refused = send_json(client, make(), "speech.wav")
    assert refused.mimetype == "application/problem+json"
    problem = refused.get_json()
    assert (refused.status_code, problem["status"]) == (status, status)
    assert sentence in problem["detail"]
    assert problem["code"]
    assert "/tmp" not in refused.get_data(as_text=True)  # noqa: S108


@pytest.mark.parametrize("kind", ["empty file", "text named .wav", "pure silence"])
def test_refused_as_a_page_that_keeps_the_form(client: FlaskClient, kind: str) -> None:
    make, status, sentence = REFUSED[kind]
    refused = send_html(client, make(), "speech.wav")
    assert (refused.status_code, refused.mimetype) == (status, "text/html")
    text = refused.get_data(as_text=True)
    assert sentence in text
    assert 'action="/emotion_predict"' in text


@pytest.mark.parametrize("kind", ACCEPTED)
def test_odd_but_usable_files_are_answered_and_say_what_was_odd(client: FlaskClient, kind: str) -> None:
    make, warning = ACCEPTED[kind]
    answer = send_json(client, make())
    assert answer.status_code == 200
    codes = [found["code"] for found in answer.get_json()["warnings"]]
    assert warning is None or warning in codes


@pytest.mark.parametrize("name", NAMES)
def test_hostile_names_are_data(client: FlaskClient, settings: Settings, name: str) -> None:
    sent = send_html(client, wav(voice(0.6)), name, keep="y")
    assert sent.status_code == 303
    page = client.get(sent.location).get_data(as_text=True)
    assert "<script>alert" not in page
    kept = list((settings.instance_dir / "recordings").iterdir())
    assert [path.suffix for path in kept] == [".flac"]
    assert len(kept[0].stem) == 32


def test_the_wrong_field_is_named(client: FlaskClient) -> None:
    for data in ({"file": (io.BytesIO(wav(voice(1.0))), "clip.wav")}, {"audio": "text"}, {}):
        refused = client.post("/emotion_predict", data=data, headers=JSON, content_type="multipart/form-data")
        assert refused.status_code == 400
        assert "form field 'audio'" in refused.get_json()["detail"]
    page = client.post("/emotion_predict", data={"csrf_token": token(client)}, headers=BROWSER)
    assert page.status_code == 400
    assert "form field &#39;audio&#39;" in page.get_data(as_text=True)


@pytest.mark.parametrize("size_mb", [25.01, 26, 60])
def test_too_large_a_file(client: FlaskClient, size_mb: float) -> None:
    data = b"RIFF\0\0\0\0WAVE" + bytes(round(size_mb * 1024**2))
    for headers in (JSON, {**BROWSER, "X-CSRFToken": token(client)}):
        refused = post_raw(client, data, headers)
        assert refused.status_code == 413
        assert "larger than 25 MB" in refused.get_data(as_text=True)


def test_a_large_file_without_a_line_break_is_read(client: FlaskClient) -> None:
    assert post_raw(client, b"RIFF\0\0\0\0WAVE" + bytes(24 * 1024**2), JSON).status_code == 422


def test_a_file_of_exactly_the_limit_is_read(tiny_models: Path) -> None:
    data = wav(voice(1.0))
    for limit, status in ((len(data), 200), (len(data) - 1, 413)):
        with running(Settings(models_dir=tiny_models, model="tiny", max_upload_bytes=limit)) as app:
            assert send_json(app.test_client(), data).status_code == status


def test_a_missing_token(client: FlaskClient) -> None:
    refused = client.post("/emotion_predict", data=upload(wav(voice(1.0))), headers=BROWSER)
    assert (refused.status_code, refused.mimetype) == (400, "text/html")
    assert "Reload the page" in refused.get_data(as_text=True)
    as_json = client.post(
        "/emotion_predict", data=upload(wav(voice(1.0))), headers={**JSON, "Origin": "http://localhost"}
    )
    assert (as_json.status_code, as_json.get_json()["code"]) == (400, "csrf")


def test_no_ffmpeg(tiny_models: Path) -> None:
    with running(Settings(models_dir=tiny_models, model="tiny", ffmpeg_path="/nowhere/ffmpeg")) as app:
        refused = send_json(app.test_client(), wav(voice(1.0)))
        assert (refused.status_code, refused.get_json()["code"]) == (503, "decoder_missing")
        assert "Install ffmpeg" in refused.get_json()["detail"]


def test_no_model(tmp_path: Path) -> None:
    with running(Settings(models_dir=tmp_path / "none")) as app:
        client = app.test_client()
        refused = send_json(client, wav(voice(1.0)))
        assert (refused.status_code, refused.get_json()["code"]) == (404, "model_not_found")
        assert client.get("/emotion").status_code == 200
        assert client.get("/health/ready").status_code == 503


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("embedder.onnx", "model_tampered"),
        ("emotion_pca.pkl", "model_tampered"),
        ("manifest.json", "model_unavailable"),
    ],
)
def test_a_spoilt_model(tiny_models: Path, tmp_path: Path, name: str, code: str) -> None:
    shutil.copytree(tiny_models, tmp_path / "models")
    with (tmp_path / "models" / "tiny" / name).open("ab") as stream:
        stream.write(b"x")
    with running(Settings(models_dir=tmp_path / "models", model="tiny")) as app:
        client = app.test_client()
        refused = send_json(client, wav(voice(1.0)))
        assert (refused.status_code, refused.get_json()["code"]) == (503, code)
        assert "Install the model again" in refused.get_json()["detail"]
        assert send_html(client, wav(voice(1.0))).status_code == 503


def test_a_model_file_that_was_not_fetched(tiny_models: Path, tmp_path: Path) -> None:
    shutil.copytree(tiny_models, tmp_path / "models")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"
    (tmp_path / "models" / "tiny" / "embedder.onnx").write_text(pointer, encoding="ascii")
    with running(Settings(models_dir=tmp_path / "models", model="tiny")) as app:
        refused = send_json(app.test_client(), wav(voice(1.0)))
        assert (refused.status_code, refused.get_json()["code"]) == (503, "model_not_pulled")
        assert "git lfs pull" in refused.get_json()["detail"]


def test_a_full_queue(tiny_models: Path) -> None:
    with running(Settings(models_dir=tiny_models, model="tiny", queue_size=0)) as app:
        client = app.test_client()
        with app.extensions["emotion_clf"].models.place():
            for refused in (send_json(client, wav(voice(1.0))), send_html(client, wav(voice(1.0)))):
                assert refused.status_code == 503
                assert refused.headers["Retry-After"] == "5"
        assert send_json(client, wav(voice(1.0))).status_code == 200


def test_no_database(tiny_models: Path) -> None:
    from emotion_clf.web import create_app

    app = create_app(Settings(models_dir=tiny_models, model="tiny"))
    client = app.test_client()
    refused = send_json(client, wav(voice(1.0)), keep="y")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "storage_unavailable")
    assert client.get("/health/ready").get_json()["checks"]["database"] is False
    app.extensions["emotion_clf"].database.dispose()
