from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from emotion_clf.logs import bound
from emotion_clf.logs.audit import Audit

if TYPE_CHECKING:
    from pathlib import Path

WRITER = """
import sys
from pathlib import Path
from emotion_clf.logs.audit import Audit
for number in range(50):
    Audit(Path(sys.argv[1])).note("act", who=sys.argv[2] * 200, what=str(number))
"""


def test_an_act_is_one_line_that_is_added(tmp_path: Path) -> None:
    path = tmp_path / "instance" / "audit.log"
    with bound(request_id="abcdefgh"):
        Audit(path).note("delete job", who="ada", what="1" * 32)
    Audit(path).note("sign in", who=None, outcome="sign_in_needed")
    first, second = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    assert first.pop("at").endswith("+00:00")
    assert first == {
        "event": "audit",
        "action": "delete job",
        "who": "ada",
        "what": "1" * 32,
        "outcome": "done",
        "request_id": "abcdefgh",
    }
    assert (second["who"], second["outcome"], second["request_id"]) == (None, "sign_in_needed", None)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_there_already_stays_and_a_moved_file_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    path.write_text("before\n", encoding="utf-8")
    Audit(path).note("sign in", who="ada")
    path.rename(tmp_path / "audit.log.1")
    Audit(path).note("sign out", who="ada")
    assert (tmp_path / "audit.log.1").read_text(encoding="utf-8").startswith("before\n{")
    assert "sign out" in path.read_text(encoding="utf-8")


def test_several_processes_tear_no_line_apart(tmp_path: Path) -> None:
    path = tmp_path / "audit.log"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(path), name], env=dict(os.environ)) for name in ("a", "b")
    ]
    assert [writer.wait(60) for writer in writers] == [0, 0]
    acts = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(acts) == 100
    assert {act["who"] for act in acts} == {"a" * 200, "b" * 200}


def test_an_act_that_cannot_be_noted_is_an_error_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        Audit(tmp_path).note("delete job", who="ada")
    assert "delete job, done" in caplog.text
