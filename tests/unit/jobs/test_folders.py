"""The default broker never hands out half a message."""

from __future__ import annotations

import shutil
import threading
import time
from queue import Empty
from typing import TYPE_CHECKING, Any

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

from emotion_clf.doctor.surroundings import broker
from emotion_clf.jobs.app import broker_options
from emotion_clf.jobs.folders import Channel
from emotion_clf.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUEUE = "emotion_clf.call"
MESSAGES = 300


@pytest.fixture
def options(tmp_path: Path) -> dict[str, Any]:
    return broker_options(Settings(instance_dir=tmp_path))


@pytest.fixture
def channel(options: dict[str, Any]) -> Iterator[Channel]:
    with Connection(options["broker_url"], transport_options=options["broker_transport_options"]) as connection:
        yield connection.channel()


def test_what_was_never_written_whole_is_passed_over(
    channel: Channel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert isinstance(channel, Channel)
    (tmp_path / "queue" / "messages" / f"0_a.{QUEUE}.msg").write_bytes(b"")
    channel._put(QUEUE, {"job": 1})
    assert channel._get(QUEUE) == {"job": 1}
    assert "never written whole" in caplog.text
    assert not list((tmp_path / "queue" / "messages").iterdir())


def test_a_reader_that_is_always_there_gets_every_message_whole(
    channel: Channel, options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    found: list[int] = []

    def read() -> None:
        deadline = time.monotonic() + 30
        with Connection(options["broker_url"], transport_options=options["broker_transport_options"]) as connection:
            reader = connection.channel()
            while len(found) < MESSAGES and time.monotonic() < deadline:
                if reader._size(QUEUE):
                    found.append(reader._get(QUEUE)["job"])

    reading = threading.Thread(target=read)
    reading.start()
    for job in range(MESSAGES):
        channel._put(QUEUE, {"job": job, "more": "x" * 10_000})
    reading.join()
    assert sorted(found) == list(range(MESSAGES))
    assert "never written whole" not in caplog.text


def test_a_table_that_somebody_is_writing_is_waited_for(channel: Channel, tmp_path: Path) -> None:
    table = tmp_path / "queue" / "control" / "celery.exchange"
    table.write_text("", encoding="utf-8")
    writing = threading.Timer(0.1, lambda: table.write_text("[]", encoding="utf-8"))
    writing.start()
    channel._queue_bind("celery", QUEUE, "", QUEUE)
    assert [bound.queue for bound in channel.get_table("celery")] == [QUEUE]


def test_folders_that_were_deleted_are_made_again(channel: Channel, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "queue")
    with pytest.raises(Empty):
        channel._get(QUEUE)
    shutil.rmtree(tmp_path / "queue")
    channel._put(QUEUE, {"job": 1})
    assert [entry.queue for entry in channel.get_table(QUEUE)] == [QUEUE]
    assert channel._get(QUEUE) == {"job": 1}


def test_a_folder_that_cannot_be_used_is_told_once_and_used_again(
    channel: Channel, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    shutil.rmtree(tmp_path / "queue")
    (tmp_path / "queue").touch()
    for _ in range(3):
        with pytest.raises(Empty):
            channel._get(QUEUE)
    assert caplog.text.count("the queue's folder cannot be used") == 1
    with pytest.raises(ChannelError):
        channel._put(QUEUE, {"job": 1})
    assert not broker(Settings(instance_dir=tmp_path)).ok
    (tmp_path / "queue").unlink()
    channel._put(QUEUE, {"job": 2})
    assert channel._get(QUEUE) == {"job": 2}
    assert broker(Settings(instance_dir=tmp_path)).ok
