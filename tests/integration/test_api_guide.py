"""The examples of docs/api.md and docs/integrators.md, run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from werkzeug.serving import make_server

from emotion_clf.api import refusals
from emotion_clf.errors import EmotionError
from emotion_clf.settings import PROJECT_DIR, Settings
from tests.conftest import running
from tests.support.admins import NAME, PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator

GUIDE = (PROJECT_DIR / "docs" / "api.md").read_text(encoding="utf-8")
GUIDES = GUIDE + (PROJECT_DIR / "docs" / "integrators.md").read_text(encoding="utf-8")
LOCAL = "http://127.0.0.1:8000"
PYTHON = re.findall(r"```python\n(.*?)```", GUIDES, re.DOTALL)
COMMANDS = [line for block in re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
CURL = [line for block in re.findall(r"```sh\n(.*?)```", GUIDES, re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The product as it ships, with an administrator, on a port of its own."""
    settings = Settings(instance_dir=tmp_path_factory.mktemp("instance"), models_dir=PROJECT_DIR / "ml_models/models")
    with running(settings) as app:
        app.extensions["emotion_clf"].admins.create(NAME, PASSWORD)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("program", [each for each in PYTHON if "print" in each and "state" not in each])
def test_the_python_of_the_guide_runs(program: str, address: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program.replace(LOCAL, address)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("line", [each for each in CURL if each.startswith("curl")])
def test_the_curl_of_the_guide_is_answered(line: str, address: str) -> None:
    import shlex

    command = [*shlex.split(line.replace(LOCAL, address)), "--fail-with-body", "--silent", "--show-error"]
    done = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert done.stdout.startswith("{")


def test_the_commands_of_the_guide_run(tmp_path: Path) -> None:
    commands = [line.split() for line in COMMANDS if line.startswith("emotion-clf")]
    assert len(commands) == 3
    for command in commands:
        program = Path(sys.executable).with_name("emotion-clf")
        environment = {**os.environ, "INSTANCE_DIR": str(tmp_path)}
        subprocess.run([program, *command[1:]], env=environment, cwd=tmp_path, check=True, capture_output=True)


def test_every_code_of_the_guide_is_one_and_those_of_the_api_are_told() -> None:
    def all_of(base: type[EmotionError]) -> set[type[EmotionError]]:
        return {base}.union(*(all_of(each) for each in base.__subclasses__()))

    known = {(each.status, each.code) for each in all_of(EmotionError)}
    rows = re.findall(r"^\| (\d{3}) \| (.*) \|$", GUIDE, re.MULTILINE)
    told = {(int(status), code) for status, codes in rows for code in re.findall(r"`(\w+)`", codes)}
    assert told <= known, told - known
    own = {
        (each.status, each.code)
        for each in vars(refusals).values()
        if isinstance(each, type) and issubclass(each, EmotionError) and each.__module__ == refusals.__name__
    }
    assert own <= told, own - told
