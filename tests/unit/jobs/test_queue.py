from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

from emotion_clf.jobs.queue import enqueue
from emotion_clf.settings import Settings
from tests.support.processes import free_port

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_job_becomes_one_message(tmp_path: Path) -> None:
    for job_id in ("a" * 32, "b" * 32):
        enqueue(Settings(instance_dir=tmp_path), job_id, "call")
    messages = [json.loads(path.read_text(encoding="utf-8")) for path in (tmp_path / "queue/messages").iterdir()]
    assert {message["headers"]["task"] for message in messages} == {"emotion_clf.run_job"}
    assert {message["headers"]["argsrepr"] for message in messages} == {f"['{'a' * 32}']", f"['{'b' * 32}']"}


def test_a_broker_that_is_down_is_logged_and_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(instance_dir=tmp_path, broker_url=f"redis://127.0.0.1:{free_port()}/0")
    started = time.monotonic()
    enqueue(settings, "a" * 32, "text")
    assert time.monotonic() - started < 30
    assert "could not be announced" in caplog.text
