"""Hosts that share a database, a broker and a store, and nothing else: each has its own folder and its own network."""

from __future__ import annotations

import json
import os
import shutil
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from emotion_clf import EmotionPredictor
from emotion_clf.errors import NotFoundError
from emotion_clf.settings import PROJECT_DIR, Settings
from emotion_clf.storage import Database, JobState
from emotion_clf.storage.media import open_store_media
from emotion_clf.storage.media_sweep import sweep_copies
from emotion_clf.web import create_app
from tests.support.dialogues import small_call
from tests.support.jobs import Site, site
from tests.support.networks import Network, networks
from tests.support.postgres import running_postgres
from tests.support.redis import running_redis
from tests.support.s3 import running_s3, store
from tests.support.sound import SAMPLES, wav
from tests.support.web import JSON, post_raw

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from emotion_clf.storage import Job

CALL = wav(small_call(4))
LONG_CALL = wav(np.tile(small_call(4), (6, 1)))
SAID = [f"This is sentence number {number}." for number in range(20)]
SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0" * 2


@dataclass
class Host:
    """A host with a worker.

    Attributes:
        folder: its instance folder.
        network: what its processes are started in.
        place: the site that it is one of the hosts of.
        worker: the process, once it is started.
    """

    folder: Path
    network: Network
    place: Site
    worker: subprocess.Popen[bytes] | None = None

    def start(self, **environment: str) -> None:
        self.worker = self.place.start(*self.network.command, INSTANCE_DIR=str(self.folder), **environment)

    def has(self, job: Job) -> bool:
        """Whether there is anything of a job in its folder."""
        return any(self.folder.rglob(f"*{job.id}*"))

    @property
    def settings(self) -> Settings:
        return self.place.settings.model_copy(update={"instance_dir": self.folder})


@dataclass
class World:
    """Two hosts for workers, and one for the web server: the `instance` folder of the site."""

    place: Site
    hosts: list[Host]

    def files(self) -> set[str]:
        """Everything in the store but what is in no folder of a job or of recordings."""
        media = open_store_media(self.place.settings)
        assert media is not None
        return media.changed_at("jobs").keys() | media.changed_at("recordings").keys()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("hosts")
    shutil.copytree(PROJECT_DIR / "ml_models" / "models" / "embedded", folder / "models" / "embedded")
    with ExitStack() as stack:
        address, found = stack.enter_context(networks(2))
        shared = {
            "DATABASE_URL": stack.enter_context(contextmanager(running_postgres)(address)),
            "BROKER_URL": stack.enter_context(contextmanager(running_redis)(address)),
            **store(stack.enter_context(running_s3(address)), "kept/here"),
        }
        place = stack.enter_context(site(folder, [], MODEL="embedded", SECRET_KEY=SECRET, CALL_HOP_S="0.5", **shared))
        yield World(place, [Host(folder / f"host{number}", network, place) for number, network in enumerate(found)])


@pytest.fixture
def here(world: World) -> Iterator[World]:
    yield world
    for worker in world.place.workers:
        world.place.kill(worker)


@pytest.fixture(scope="module")
def client(world: World) -> Iterator[FlaskClient]:
    """A browser at the web server."""
    app = create_app(world.place.settings)
    yield app.test_client()
    app.extensions["emotion_clf"].database.dispose()


def send_call(here: World, client: FlaskClient, content: bytes = CALL) -> Job:
    sent = post_raw(client, content, JSON, to="/calls", field="recording")
    assert sent.status_code == 202, sent.get_data(as_text=True)
    return here.place.jobs.get(sent.headers["Location"].rsplit("/", 1)[1])


def test_a_host_that_dies_in_the_middle_of_a_call_loses_nothing(
    here: World, client: FlaskClient, tmp_path: Path
) -> None:
    for host in here.hosts:
        host.start()
    call = send_call(here, client, LONG_CALL)
    text = here.place.send("", "text", text=" ".join(SAID))
    here.place.in_step(call, "embed")
    first, second = sorted(here.hosts, key=lambda host: not host.has(call))
    assert first.has(call)
    assert not second.has(call)
    assert first.worker is not None
    before = here.place.jobs.get(call.id).steps
    here.place.kill(first.worker)
    assert here.place.result(text) == SAID
    ended = here.place.ended(call)
    assert ended.state is JobState.SUCCEEDED, ended
    assert ended.attempt == 2
    for step in range(2):
        assert ended.steps[step] == before[step], "a step that was done is not done again"
    calls = client.application.extensions["emotion_clf"].calls
    (tmp_path / "call.wav").write_bytes(LONG_CALL)
    alone = EmotionPredictor(settings=here.place.settings).analyze_call(tmp_path / "call.wav")
    assert calls.get(call.id).timeline == alone.timeline
    sound = calls.sound(call.id)
    with client.get(f"/calls/{call.id}/sound", headers={"Range": "bytes=1000-1999"}) as part:
        assert (part.status_code, part.data) == (206, sound.read_bytes()[1000:2000])
    assert second.has(call)
    assert client.post(f"/calls/{call.id}/delete", headers=JSON).status_code < 300
    here.place.jobs.delete(text.id)
    assert not here.files() & {call.id, text.id}
    assert not any(here.place.settings.instance_dir.rglob(f"*{call.id}*"))
    with pytest.raises(NotFoundError):
        here.place.jobs.get(call.id)
    # The one that died does as it begins again what the other does every minute.
    sweep_copies(second.settings, here.place.database)
    first.start()
    here.place.wait(lambda: not first.has(call), "copies outlive the call")
    assert not second.has(call)
    assert not second.has(text)


def test_the_hosts_have_networks_of_their_own(here: World) -> None:
    if not here.hosts[0].network.name:
        pytest.skip("this machine lets nobody make network namespaces (`ip netns add` needs root)")
    for host in here.hosts:
        host.start()
    workers = [host.worker for host in here.hosts if host.worker is not None]
    here.place.wait(lambda: all(_program(worker.pid) != "ip" for worker in workers))
    networks_seen = {Path(f"/proc/{pid}/ns/net").readlink() for pid in (os.getpid(), *(each.pid for each in workers))}
    assert len(networks_seen) == 3


def _program(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text(encoding="ascii").strip()


def test_workers_do_what_they_are_for_and_jobs_wait_for_the_store(here: World, client: FlaskClient) -> None:
    calls, words = here.hosts
    words.start(WORKER_KINDS=json.dumps(["text"]), MEDIA_ENDPOINT="http://127.0.0.1:9")
    calls.start(WORKER_KINDS=json.dumps(["call"]))
    text = here.place.send("", "text", text=SAID[0])
    call = send_call(here, client)
    assert here.place.ended(call).state is JobState.SUCCEEDED
    assert not words.has(call)
    here.place.wait(lambda: "waits for the store" in here.place.log.read_text(encoding="utf-8"))
    here.place.wait(lambda: here.place.jobs.get(text.id).state is JobState.QUEUED)
    assert here.place.jobs.get(text.id).attempt == 0
    assert words.worker is not None
    here.place.kill(words.worker)
    words.start(WORKER_KINDS=json.dumps(["text"]))
    assert here.place.result(text) == [SAID[0]]
    assert not calls.has(text)
    for job in (call, text):
        here.place.jobs.delete(job.id)


def test_a_recording_kept_on_one_host_plays_on_another(here: World) -> None:
    keys = here.files()
    one, other = (create_app(host.settings) for host in here.hosts)
    try:
        browser, again = one.test_client(), other.test_client()
        with (SAMPLES / "even.flac").open("rb") as clip:
            sent = browser.post("/emotion_predict", data={"audio": (clip, "even.flac"), "keep": "y"}, headers=JSON)
        page = sent.get_json()["permalink"]
        with browser.session_transaction() as session, again.session_transaction() as theirs:
            theirs.update(session)
        with again.get(f"{page}/recording", headers={"Range": "bytes=0-3"}) as part:
            assert (part.status_code, part.data) == (206, b"fLaC")
        assert len(here.files() - keys) == 1
        assert browser.post(f"{page}/delete", headers=JSON).status_code == 204
        assert again.get(f"{page}/recording").status_code == 404
        assert here.files() == keys
        sweep_copies(here.hosts[1].settings, here.place.database)
        for host in here.hosts:
            assert not list((host.folder / "media" / "recordings").glob("*"))
    finally:
        for app in (one, other):
            app.extensions["emotion_clf"].database.dispose()


def test_nothing_is_taken_that_the_store_does_not_take(tmp_path: Path) -> None:
    settings = Settings(
        instance_dir=tmp_path / "web",
        media_url="s3://emotions",
        media_endpoint="http://127.0.0.1:9",
        media_allow_http=True,
        media_access_key_id="x",
        media_secret_access_key="y",
    )
    database = Database(settings.database)
    database.upgrade()
    database.dispose()
    app = create_app(settings)
    client = app.test_client()
    refused = post_raw(client, CALL, JSON, to="/calls", field="recording")
    assert (refused.status_code, refused.get_json()["code"]) == (503, "storage_unavailable")
    assert client.get("/calls", headers=JSON).get_json()["calls"] == []
    assert client.get("/health/ready").get_json()["checks"]["media"] is False
    assert not list((tmp_path / "web" / "media").rglob("*.wav"))
    app.extensions["emotion_clf"].database.dispose()
