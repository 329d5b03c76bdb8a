"""`pip install .` gives the whole product: the wheel is built, installed beside nothing of the checkout, and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from typing import TYPE_CHECKING

import pytest

from emotion_clf.places import IN_CHECKOUT
from emotion_clf.settings import PROJECT_DIR

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(not IN_CHECKOUT, reason="there is no checkout to build from")

ASKED = """
from importlib.metadata import entry_points
from pathlib import Path
import emotion_clf, ml_models
from emotion_clf.settings import get_settings
from emotion_clf.storage import Database
from emotion_clf.web import create_app

for package in (emotion_clf, ml_models):
    print("at", package.__file__)
settings = get_settings()
print("at", settings.models_dir)
database = Database(settings.database)
database.upgrade()
database.dispose()
app = create_app(settings)
client = app.test_client()
PATHS = "/ /text /calls/scoring /docs /openapi.json /static/samples/raised.flac /health/live"
for address in PATHS.split():
    print(client.get(address).status_code, address)
with open("raised.flac", "rb") as sound:
    print(client.post("/predict", data={"file": (sound, "raised.flac")}).get_json())
print(client.post("/predict", json={"text": "I am so happy that you came!"}).get_json()["emotions"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = ["wheel", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(folder), str(PROJECT_DIR)]
    subprocess.run([sys.executable, "-m", "pip", *command], check=True, capture_output=True)
    (found,) = folder.glob("emotion_clf-*.whl")
    return found


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel, and everything it depends on lent by this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    venv.create(folder / "venv", symlinks=True)
    python = folder / "venv" / "bin" / "python"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    packages = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()
    install = ["--python", str(python), "install", "--no-deps", "--no-index", "--no-compile", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, capture_output=True)
    # What is named in there is searched last, and its own .pth files, the checkout's among them, are not read.
    lent = sysconfig.get_path("purelib")
    with open(os.path.join(packages, "lent.pth"), "w", encoding="utf-8") as file:  # noqa: PTH118, PTH123
        file.write(f"{lent}\n")
    shutil.copy(PROJECT_DIR / "static" / "samples" / "raised.flac", folder)
    return folder


def asked(folder: Path, *command: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "MODELS_DIR"}}
    environment |= {"HOME": str(folder), "XDG_DATA_HOME": str(folder / "data")}
    environment.pop("INSTANCE_DIR", None)
    done = subprocess.run(
        [folder / "venv" / "bin" / command[0], *command[1:]],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_what_an_answer_needs_and_no_tests(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "emotion_clf/site/templates/base.html",
        "emotion_clf/site/static/samples/raised.flac",
        "emotion_clf/site/docs/scoring.md",
        "ml_models/models/embedded/embedder.onnx",
        "ml_models/models/text/embedded/encoder.onnx",
    ):
        assert needed in names
    assert not [name for name in names if name.startswith(("tests/", "instance/")) or "/runs/" in name]


def test_it_answers_through_pages_and_programs_from_outside_the_checkout(elsewhere: Path) -> None:
    told = asked(elsewhere, "python", "-c", ASKED)
    places = [line.removeprefix("at ") for line in told.splitlines() if line.startswith("at ")]
    assert len(places) == 3
    assert all(place.startswith(str(elsewhere)) for place in places)
    statuses = [line for line in told.splitlines() if line[:3].isdigit()]
    assert len(statuses) == 7
    assert all(status.startswith("200 ") for status in statuses), told
    assert "'emotion': " in told
    assert "'happiness': 1" in told
    assert (elsewhere / "data" / "emotion-clf" / "emotion-clf.sqlite3").is_file()


def test_it_answers_on_the_command_line_and_its_server_finds_the_application(elsewhere: Path) -> None:
    told = asked(elsewhere, "emotion-clf", "predict", "raised.flac", "--json")
    assert '"label"' in told
    assert "evaluate" in asked(elsewhere, "emotion-clf", "--help")
    asked(elsewhere, "python", "-m", "gunicorn", "--check-config", "--config", "python:emotion_clf.web.gunicorn_conf")
