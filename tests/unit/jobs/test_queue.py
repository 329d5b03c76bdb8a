from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, get_args

from emotion_clf.jobs.app import make_celery, queues_of
from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.requests import KINDS
from emotion_clf.settings import JobKind, Settings
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


def test_workers_can_be_told_of_every_kind() -> None:
    assert get_args(JobKind) == tuple(KINDS)
    assert Settings().worker_kinds == list(KINDS)


def test_each_kind_has_a_queue_that_only_its_workers_hear(tmp_path: Path) -> None:
    for kind in KINDS:
        enqueue(Settings(instance_dir=tmp_path), kind * 8, kind)
    words = Settings(instance_dir=tmp_path, worker_kinds=["text", "file"])
    celery = make_celery(words)
    assert queues_of(words) == ["celery", "emotion_clf.text", "emotion_clf.file"]
    heard = {}
    with celery.connection_for_read() as connection:
        for name, queue in celery.amqp.queues.consume_from.items():
            message = queue(connection.default_channel).get()
            heard[name] = None if message is None else message.headers["argsrepr"]
    assert heard == {
        "celery": None,
        "emotion_clf.text": f"['{'text' * 8}']",
        "emotion_clf.file": f"['{'file' * 8}']",
    }


def test_a_broker_that_is_down_is_logged_and_no_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(instance_dir=tmp_path, broker_url=f"redis://127.0.0.1:{free_port()}/0")
    started = time.monotonic()
    enqueue(settings, "a" * 32, "text")
    assert time.monotonic() - started < 30
    assert "could not be announced" in caplog.text
