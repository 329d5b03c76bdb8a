"""The floor gives way: broker, database and disk fail for real; every answer is a sentence, and nothing is lost."""

from __future__ import annotations

import io
import sqlite3
import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import make_url

from emotion_clf.jobs import tasks
from emotion_clf.jobs.pulse import Pulse
from emotion_clf.jobs.work import Worker
from emotion_clf.pipeline.steps import Steps
from emotion_clf.settings import get_settings
from emotion_clf.storage import database as database_module
from emotion_clf.storage.leases import LeaseDesk
from tests.conftest import running
from tests.support.api import V1, code, send_clip
from tests.support.postgres import running_postgres, stopped
from tests.support.processes import free_port
from tests.support.redis import running_redis
from tests.support.sound import voice, wav
from tests.support.web import BROWSER, JSON, post_raw, send_html, send_json, token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from emotion_clf.settings import Settings

URL = {"url": "https://youtu.be/dQw4w9WgXcQ"}
CLIP = wav(voice(1.0))
LARGE = wav(voice(25.0), subtype="FLOAT")  # more than is kept in memory on its way in
CALL = wav(voice(8.0))
ROOM_BYTES = 8 * 1024**2


def send_call(client: FlaskClient) -> TestResponse:
    return client.post(f"{V1}/calls", data={"file": (io.BytesIO(CALL), "call.wav")})


def send_large(client: FlaskClient) -> TestResponse:
    """A clip sent as bytes made by hand: the test client would use the disk itself."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'
    body = head + LARGE + b"\r\n--b--\r\n"
    return client.post(f"{V1}/clips", data=body, content_type="multipart/form-data; boundary=b")


def jobs(client: FlaskClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{V1}/jobs").get_json()["items"]
    return found


def refused(response: TestResponse, status: int, cause: str) -> None:
    assert (response.status_code, code(response)) == (status, cause)
    assert "/tmp" not in response.get_data(as_text=True)  # noqa: S108


def test_jobs_that_no_broker_took_are_found_once_there_is_one(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    changed = settings.model_copy(update={"broker_url": f"redis://127.0.0.1:{port}/0"})
    monkeypatch.setenv("BROKER_URL", str(changed.broker_url))
    get_settings.cache_clear()
    with running(changed) as app:
        client = app.test_client()
        with contextmanager(running_redis)(port=port) as url:
            assert client.post(f"{V1}/urls", json=URL).status_code == 202
            assert waiting(url) == 1
        sent = [client.post(f"{V1}/urls", json=URL), send_call(client)]
        assert [each.status_code for each in sent] == [202, 202]
        assert client.get("/health/ready").get_json()["checks"]["broker"] is False
        assert [job["state"] for job in jobs(client)] == ["queued"] * 3
        with contextmanager(running_redis)(port=port) as url:
            assert tasks._recover(waiting_s=0) == 3
            assert waiting(url) == 3
    get_settings.cache_clear()


def waiting(broker: str) -> int:
    """How many messages wait for a worker."""
    import redis

    with redis.Redis.from_url(broker) as client:
        return sum(client.llen(key) for key in client.scan_iter(_type="list"))


def test_a_database_that_somebody_locks_is_told_of(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "_BUSY_TIMEOUT_MS", 200)
    with running(settings) as app:
        client = app.test_client()
        kept = {"Idempotency-Key": "locked"}
        assert send_clip(client).status_code == 201
        locking = sqlite3.connect(str(make_url(settings.database).database), isolation_level=None)
        locking.execute("BEGIN EXCLUSIVE")
        for sent in (
            send_clip(client),
            send_clip(client, kept),
            client.post(f"{V1}/urls", json=URL),
            send_call(client),
        ):
            refused(sent, 503, "storage_unavailable")
            assert int(sent.headers["Retry-After"]) > 0
        assert send_json(client, CLIP, keep="y").status_code == 503
        page = send_html(client, CLIP)
        assert (page.status_code, page.mimetype) == (503, "text/html")
        assert client.get(f"{V1}/analyses").get_json()["total"] == 1
        locking.execute("ROLLBACK")
        locking.close()
        assert send_clip(client, kept).status_code == 201
        assert client.get(f"{V1}/analyses").get_json()["total"] == 2
        assert jobs(client) == []
    assert not list(settings.instance_dir.glob("jobs/*"))


def test_a_database_server_that_stops_in_the_middle_is_told_of(settings: Settings) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(contextmanager(running_postgres)())
        app = stack.enter_context(running(settings.model_copy(update={"database_url": url})))
        client = app.test_client()
        kept = client.post(f"{V1}/urls", json=URL).get_json()["id"]
        with stopped(url):
            for sent in (
                client.get(f"{V1}/jobs"),
                client.get(f"{V1}/jobs/{kept}"),
                client.post(f"{V1}/urls", json=URL),
                send_clip(client),
                send_call(client),
                client.delete(f"{V1}/jobs/{kept}"),
            ):
                refused(sent, 503, "storage_unavailable")
            assert client.post(f"{V1}/texts", json={"text": "I am glad."}).status_code == 200
            assert client.get("/health").status_code == 200
            assert client.get("/emotion").status_code == 200
        assert [job["id"] for job in jobs(client)] == [kept]
        assert send_clip(client).status_code == 201


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, with little room; skipped where this user may mount none."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={ROOM_BYTES}", "tmpfs", folder]
    if subprocess.run(mounting, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a disk")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def filled(disk: Path, left_bytes: int = 0) -> Iterator[None]:
    """No room on a disk while the block runs."""
    ballast = disk / "ballast"
    with ExitStack() as stack:
        stack.callback(ballast.unlink, missing_ok=True)
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)) == 4096:
                    pass
            except OSError:
                file.truncate(max(file.tell() - left_bytes, 0))
        yield


def test_a_full_disk_under_the_instance_is_told_of_and_nothing_half_is_left(settings: Settings, small: Path) -> None:
    settings = settings.model_copy(update={"instance_dir": small})
    with running(settings) as app:
        client = app.test_client()
        earlier = client.post(f"{V1}/urls", json=URL).get_json()["id"]
        with filled(small):
            for _ in range(3):  # what room the database still has in its own files is used up by and by
                answers = [send_call(client), client.post(f"{V1}/urls", json=URL), send_clip(client)]
            for sent in answers:
                refused(sent, 507, "disk_full")
            assert send_json(client, CLIP, keep="y").status_code in {503, 507}
            page = send_html(client, CLIP, keep="y")
            assert page.status_code in {503, 507}
            assert client.get(f"{V1}/jobs/{earlier}").status_code == 200
            assert client.get("/health/ready").get_json()["checks"]["disk"] is False
            known = {job["id"] for job in jobs(client)}
        assert earlier in known
        assert {path.name for path in (small / "jobs").iterdir()} == known
        assert list((small / "recordings").glob("*")) == []
        assert send_call(client).status_code == 202
        assert len(jobs(client)) == len(known) + 1
        assert send_json(client, CLIP, keep="y").status_code == 200


def test_a_full_disk_of_temporary_files_is_told_of(
    settings: Settings, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings) as app:
        client = app.test_client()
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        with_token = {**BROWSER, "X-CSRFToken": token(client)}
        with filled(small):
            refused(send_clip(client), 507, "disk_full")
            refused(send_large(client), 507, "disk_full")
            for headers in (JSON, with_token):
                answer = post_raw(client, LARGE, headers)
                assert answer.status_code == 507
                assert "disk of the server is full" in answer.get_data(as_text=True)
        for copies in (1, 2, 2.5):  # room to take it in, to keep it at hand, and for half of what it decodes to
            with filled(small, left_bytes=int(copies * len(LARGE))):
                refused(send_large(client), 507, "disk_full")
        assert send_clip(client).status_code == 201
        assert list(small.iterdir()) == []


def test_a_job_that_runs_out_of_room_says_so_and_can_be_begun_again(
    settings: Settings, small: Path, tmp_path: Path
) -> None:
    changed = {"instance_dir": small, "database_url": f"sqlite:///{tmp_path / 'elsewhere.sqlite3'}"}
    with running(settings.model_copy(update=changed)) as app:
        client, services = app.test_client(), app.extensions["emotion_clf"]
        desk, pulse = LeaseDesk(services.database, services.settings), Pulse()
        worker = Worker(services.jobs, desk, Steps(services.settings), pulse, services.observer)
        job = send_call(client).get_json()["id"]
        with filled(small, left_bytes=16 * 1024):
            worker.run(job)
        failed = client.get(f"{V1}/jobs/{job}").get_json()
        assert failed["state"] == "failed"
        assert failed["error"]["code"] in {"disk_full", "storage_unavailable"}
        assert "room" in failed["error"]["message"]
        assert client.post(f"{V1}/jobs/{job}/retry", json={}).status_code == 202
        worker.run(job)
        assert client.get(f"{V1}/jobs/{job}").get_json()["state"] == "succeeded"
        pulse.stop()
