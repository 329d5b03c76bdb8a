"""The request path imports no heavy library, so that the product starts in seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.support.sound import REPOSITORY, SAMPLES

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = {
    "torch",
    "transformers",
    "librosa",
    "numba",
    "matplotlib",
    "pandas",
    "tensorflow",
    "onnx",
    "faster_whisper",
    "ctranslate2",
}

REQUEST = f"""
import json, sys
from emotion_clf.settings import Settings
from emotion_clf.storage import Database
from emotion_clf.web import create_app
settings = Settings()
database = Database(settings.database)
database.upgrade()
database.dispose()
app = create_app(settings)
with open({str(SAMPLES / "even.flac")!r}, "rb") as clip:
    sent = app.test_client().post(
        "/emotion_predict", data={{"audio": (clip, "even.flac"), "keep": "y"}}, headers={{"Accept": "application/json"}}
    )
print(json.dumps([sent.status_code, sorted({{name.split(".")[0] for name in sys.modules}})]))
"""


TEXT_REQUEST = """
import json, sys
from emotion_clf.web import create_app
from emotion_clf.settings import Settings
sent = create_app(Settings()).test_client().post("/predict", json={"text": "What a day! I am so happy."})
print(json.dumps([sent.status_code, sorted({name.split(".")[0] for name in sys.modules})]))
"""


LIVE_REQUEST = f"""
import json, sys
import numpy as np, soundfile
from emotion_clf.web import create_app
from emotion_clf.settings import Settings
sound = soundfile.read({str(SAMPLES / "even.flac")!r}, dtype="int16")[0][:48000]
kind = "application/octet-stream"
client = create_app(Settings()).test_client()
sent = client.post("/live/window", data=sound.tobytes(), content_type=kind, headers={{"Accept": "application/json"}})
print(json.dumps([sent.status_code, sorted({{name.split(".")[0] for name in sys.modules}})]))
"""


def run(program: str, folder: Path, **environment: str) -> str:
    environment = {**os.environ, "INSTANCE_DIR": str(folder / "instance"), **environment}
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def test_a_request_for_the_embedded_model_imports_nothing_heavy(tmp_path: Path) -> None:
    status, modules = json.loads(run(REQUEST, tmp_path).splitlines()[-1])
    assert status == 200
    assert not HEAVY & set(modules)


def test_a_request_to_read_a_text_imports_nothing_heavy(tmp_path: Path, tiny_models: Path) -> None:
    environment = {"MODELS_DIR": str(tiny_models), "TEXT_MODEL": "tiny"}
    status, modules = json.loads(run(TEXT_REQUEST, tmp_path, **environment).splitlines()[-1])
    assert status == 200
    assert not HEAVY & set(modules)


def test_a_window_of_live_sound_imports_nothing_heavy(tmp_path: Path) -> None:
    status, modules = json.loads(run(LIVE_REQUEST, tmp_path).splitlines()[-1])
    assert status == 200
    assert not HEAVY & set(modules)


def test_importing_a_door_imports_no_model_library(tmp_path: Path) -> None:
    program = "import sys, emotion_clf, emotion_clf.cli, wsgi; print(sorted(m.split('.')[0] for m in sys.modules))"
    assert not (HEAVY | {"sklearn", "onnxruntime", "soundfile"}) & set(eval(run(program, tmp_path)))  # noqa: S307
