"""The worker and the server as real processes."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emotion_clf.jobs.app import make_celery
from emotion_clf.settings import Settings
from emotion_clf.storage import Database, Retention, open_store
from tests.integration.test_storage import OWNER, heard
from tests.support.processes import free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

EMOTION_CLF = Path(sys.executable).with_name("emotion-clf")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start `emotion-clf COMMAND` with its own instance folder; its output goes to tmp_path/log."""
    started: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "log").open("ab")

    def run(command: str, **environment: str) -> subprocess.Popen[bytes]:
        full = {**os.environ, "INSTANCE_DIR": str(tmp_path / "instance"), **environment}
        process = subprocess.Popen([EMOTION_CLF, command], cwd=tmp_path, env=full, stdout=log, stderr=log)
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
    log.close()


def wait_for(condition: Callable[[], bool], log: Path, limit_s: float = 60) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, log.read_text(encoding="utf-8")
        time.sleep(0.1)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310
            return bool(response.status == 200)
    except OSError:
        return False


def test_the_worker_deletes_recordings_whose_time_is_over(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    settings = Settings(instance_dir=tmp_path / "instance")
    database = Database(settings.database)
    database.upgrade()
    store = open_store(settings, database)
    store._retention = Retention(timedelta(seconds=1), timedelta())
    stored = store.save(heard(), owner=OWNER, source_name="clip.wav", keep_recording=True)
    database.dispose()
    recording = settings.instance_dir / "recordings" / f"{stored.id}.flac"
    assert recording.is_file()
    make_celery(settings).send_task("emotion_clf.purge_expired", countdown=2)
    worker = start("worker")
    wait_for(lambda: not recording.exists(), tmp_path / "log")
    wait_for(
        lambda: "deleted 1 recordings and answers" in (tmp_path / "log").read_text(encoding="utf-8"), tmp_path / "log"
    )
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(30) == 0


def test_purge_and_recovery_are_on_the_clock_and_do_not_pile_up() -> None:
    schedule = make_celery(Settings(job_lease_s=3)).conf.beat_schedule
    periods = {entry["task"]: entry["schedule"] for entry in schedule.values()}
    assert periods == {
        "emotion_clf.purge_expired": 300.0,
        "emotion_clf.recover_jobs": 3.0,
        "emotion_clf.tell_webhooks": 5.0,
    }
    assert all(entry["options"]["expires"] == entry["schedule"] for entry in schedule.values())


def test_a_broker_of_ones_own_is_used() -> None:
    assert make_celery(Settings(broker_url="redis://localhost:6379/3")).conf.broker_url == "redis://localhost:6379/3"


def test_serve_brings_up_web_and_worker_and_stops_both(
    start: Callable[..., subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    port = free_port()
    server = start("serve", PORT=str(port))
    log = tmp_path / "log"
    wait_for(lambda: answers(f"http://127.0.0.1:{port}/health/ready"), log)
    wait_for(lambda: re.search(r"celery@\S+ ready", log.read_text(encoding="utf-8")) is not None, log)
    assert f"emotion-clf answers at http://127.0.0.1:{port}" in log.read_text(encoding="utf-8")
    assert answers(f"http://127.0.0.1:{port}/")
    server.send_signal(signal.SIGTERM)
    assert server.wait(30) in {0, -signal.SIGTERM, 128 + signal.SIGTERM}
    assert not answers(f"http://127.0.0.1:{port}/health/live")
    pids = re.findall(r"started process \(pid (\d+)\)|pid: (\d+)", log.read_text(encoding="utf-8"))
    assert not [pid for found in pids for pid in found if pid and Path(f"/proc/{pid}").exists()]
