"""Files of this host and files in a store: what holds of one holds of the other."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import TYPE_CHECKING

import pytest

from emotion_clf.doctor import examine, surroundings
from emotion_clf.errors import NotFoundError, StorageError
from emotion_clf.pipeline.call_requests import CallRequest
from emotion_clf.pipeline.requests import SourceRequest
from emotion_clf.settings import Settings
from emotion_clf.storage import CallStore, Database, JobState, JobStore
from emotion_clf.storage.media import Media, job_key, open_media, open_store_media
from emotion_clf.storage.media_sweep import sweep_copies
from emotion_clf.storage.recovery import JobRecovery
from tests.support.processes import free_port
from tests.support.s3 import running_s3, store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

KEY = "jobs/a/sound.flac"


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with running_s3() as found:
        yield found


def host(folder: Path, endpoint: str, prefix: str) -> Settings:
    """A host with its own instance folder."""
    return Settings(instance_dir=folder, **{name.lower(): value for name, value in store(endpoint, prefix).items()})  # type: ignore[arg-type]


@pytest.fixture
def hosts(tmp_path: Path, endpoint: str) -> list[Settings]:
    """Two hosts that share a store."""
    return [host(tmp_path / name, endpoint, tmp_path.name) for name in ("one", "other")]


@pytest.fixture(params=["folder", "store"])
def media(request: pytest.FixtureRequest, tmp_path: Path) -> Media:
    if request.param == "folder":
        return open_media(Settings(instance_dir=tmp_path))
    return open_media(host(tmp_path, request.getfixturevalue("endpoint"), tmp_path.name))


def write(media: Media, key: str, content: bytes = b"sound") -> Path:
    path = media.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def read(media: Media, key: str) -> bytes | None:
    path = media.fetch(key)
    return None if path is None else path.read_bytes()


def test_what_was_put_is_there_until_it_is_discarded(media: Media) -> None:
    assert media.fetch(KEY) is None
    assert media.holding({KEY}) == set()
    write(media, KEY)
    media.put(KEY)
    assert read(media, KEY) == b"sound"
    write(media, KEY, b"other")
    media.put(KEY)
    assert read(media, KEY) == b"other"
    assert media.holding({KEY}) == {KEY}
    assert media.holding({KEY, "jobs/a/none", "jobs/b/sound.flac"}) == {KEY}
    media.discard(KEY, "jobs/a/none")
    assert media.fetch(KEY) is None
    assert not media.path(KEY).exists()


def test_a_folder_goes_as_a_whole(media: Media) -> None:
    for name in ("upload.wav", "decode.json", "chunks/0.json"):
        write(media, job_key("a", name))
    write(media, "jobs/ab/text.txt")
    for job in ("a", "ab"):
        media.keep(job_key(job))
    assert media.changed_at("jobs").keys() == {"a", "ab"}
    assert all(abs(time.time() - at_s) < 60 for at_s in media.changed_at("jobs").values())
    media.discard_folder(job_key("a"))
    assert media.changed_at("jobs").keys() == {"ab"}
    assert not media.path(job_key("a")).exists()
    assert read(media, "jobs/ab/text.txt") == b"sound"


def test_a_file_larger_than_a_piece_comes_back_whole(hosts: list[Settings]) -> None:
    here, there = map(open_media, hosts)
    content = os.urandom(20 * 1024**2 + 1)
    write(here, KEY, content)
    here.put(KEY)
    assert read(there, KEY) == content
    copies = (hosts[1].instance_dir / "media").rglob("*")
    assert {path.stat().st_mode & 0o77 for path in copies if path.is_file()} == {0}


def test_another_host_sees_every_change_at_once(hosts: list[Settings]) -> None:
    here, there = map(open_media, hosts)
    for content in (b"first", b"a second, longer one", b"third"):
        write(here, KEY, content)
        here.put(KEY)
        assert read(there, KEY) == content
    here.discard(KEY)
    assert there.fetch(KEY) is None
    assert not there.path(KEY).exists()


def test_a_copy_that_was_written_to_is_none(hosts: list[Settings]) -> None:
    here, there = map(open_media, hosts)
    write(here, KEY, b"true")
    here.put(KEY)
    assert read(there, KEY) == b"true"
    there.path(KEY).write_bytes(b"fake")
    assert read(there, KEY) == b"true"


def test_a_copy_is_not_fetched_twice(hosts: list[Settings]) -> None:
    here, there = map(open_media, hosts)
    write(here, KEY)
    here.put(KEY)
    first = there.fetch(KEY)
    assert first is not None
    inode = first.stat().st_ino
    there.bring("jobs/a")
    assert there.fetch(KEY) == first
    assert first.stat().st_ino == inode


def test_a_step_that_is_done_here_goes_on_there(hosts: list[Settings]) -> None:
    here, there = map(open_media, hosts)
    write(here, job_key("a", "upload.wav"))
    here.keep("jobs/a")
    there.bring("jobs/a")
    there.path(job_key("a", "upload.wav")).unlink()
    write(there, KEY, b"decoded")
    write(there, job_key("a", "decode.json"), b"{}")
    write(there, job_key("a", ".sound.flac"), b"half")
    there.keep("jobs/a")
    write(here, job_key("a", "voices.json"), b"of one who died before it was kept")
    here.bring("jobs/a")
    assert {path.name for path in here.path("jobs/a").iterdir()} == {"sound.flac", "decode.json"}
    assert read(here, KEY) == b"decoded"


def test_what_says_that_a_step_is_done_is_sent_last(hosts: list[Settings], monkeypatch: pytest.MonkeyPatch) -> None:
    media = open_store_media(hosts[0])
    assert media is not None
    for name in ("decode.json", "sound.json", "peaks.u8", "sound.flac"):
        write(media, job_key("a", name))
        time.sleep(0.01)
    sent: list[str] = []
    put = media.put
    monkeypatch.setattr(type(media), "put", lambda _self, key: (sent.append(key.rpartition("/")[2]), put(key))[1])
    media.keep("jobs/a")
    assert sent == ["peaks.u8", "sound.flac", "decode.json", "sound.json"]


def test_a_store_that_is_away_says_so(tmp_path: Path) -> None:
    media = open_store_media(host(tmp_path, f"http://127.0.0.1:{free_port()}", "x"))
    assert media is not None
    write(media, KEY)
    for act in (
        lambda: media.fetch(KEY),
        lambda: media.put(KEY),
        lambda: media.bring("jobs/a"),
        lambda: media.keep("jobs/a"),
        lambda: media.holding({KEY}),
        lambda: media.holding({KEY, "jobs/b/x"}),
        lambda: media.changed_at("jobs"),
        lambda: media.discard_folder("jobs/b"),
        media.check,
        media.look,
    ):
        with pytest.raises(StorageError, match="emotion-clf doctor"):
            act()
    assert media.path(KEY).read_bytes() == b"sound"


def test_a_bucket_that_is_not_there_is_a_fault(tmp_path: Path, endpoint: str) -> None:
    settings = host(tmp_path, endpoint, "x").model_copy(update={"media_url": "s3://nobody-made-this"})
    media = open_store_media(settings)
    assert media is not None
    for act in (media.check, media.look):
        with pytest.raises(StorageError):
            act()


def test_the_doctor_finds_out(hosts: list[Settings]) -> None:
    for gently in (True, False):
        found = surroundings.media(hosts[0], gently=gently)
        assert found.ok
        assert found.detail == f"{hosts[0].media_url} answers"
        away = hosts[0].model_copy(update={"media_endpoint": "http://127.0.0.1:9"})
        found = surroundings.media(away, gently=gently)
        assert not found.ok
        assert "MEDIA_" in found.mend
    assert open_media(hosts[0]).changed_at("check") == {}
    assert {found.subject for found in examine(away)} >= {"media"}


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({}, "http://127.0.0.1:9/emotions/x"),
        ({"media_path_style": False, "media_endpoint": "http://s3.localhost:9"}, "http://emotions.s3.localhost:9/x"),
    ],
)
def test_the_bucket_is_named_where_the_server_wants_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, changed: dict[str, object], asked: str
) -> None:
    media = open_media(host(tmp_path, "http://127.0.0.1:9", "").model_copy(update=changed))
    with pytest.raises(StorageError):
        media.fetch("x")
    assert f"GET {asked} " in caplog.text


def test_credentials_may_come_from_the_usual_variables(
    tmp_path: Path, endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b"), ("AWS_REGION", "eu-central-1")):
        monkeypatch.setenv(name, value)
    bare = {"media_access_key_id": None, "media_secret_access_key": None}
    assert surroundings.media(host(tmp_path, endpoint, "usual").model_copy(update=bare)).ok


def test_a_missing_library_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    settings = host(tmp_path, "https://s3.localhost", tmp_path.name)
    with pytest.raises(StorageError, match=r"emotion-clf\[s3\]"):
        open_media(settings)


def test_a_disk_that_takes_no_copies_is_told(hosts: list[Settings]) -> None:
    here, there = map(open_media, hosts)
    write(here, KEY)
    here.put(KEY)
    hosts[1].instance_dir.mkdir()
    (hosts[1].instance_dir / "media").write_text("no folder", encoding="utf-8")
    with pytest.raises(StorageError, match="make room"):
        there.fetch(KEY)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = Database(f"sqlite:///{tmp_path / 'database.sqlite3'}")
    found.upgrade()
    yield found
    found.dispose()


def test_copies_go_with_what_they_are_of(hosts: list[Settings], database: Database) -> None:
    here, there = (JobStore(database, open_media(settings)) for settings in hosts)
    kept, gone = (here.create(SourceRequest("text", ""), owner="a", text=text) for text in ("kept", "gone"))
    for job in (kept, gone):
        there.bring(job.id)
    here.delete(gone.id)
    assert there.folder(gone.id).text.exists()
    assert sweep_copies(hosts[1], database) == 1
    assert not there.folder(gone.id).path.exists()
    assert there.folder(kept.id).text.read_text(encoding="utf-8") == "kept"
    recording = f"recordings/{'e' * 32}.flac"
    media = open_media(hosts[1])
    write(media, recording)
    assert sweep_copies(hosts[1], database) == 0, "it is being made"
    media.put(recording)
    assert sweep_copies(hosts[1], database) == 1
    assert read(media, recording) == b"sound"


def test_copies_do_not_pile_up(hosts: list[Settings], database: Database) -> None:
    here, there = (JobStore(database, open_media(settings)) for settings in hosts)
    jobs = [here.create(SourceRequest("text", ""), owner="a", text="x" * 1000) for _ in range(4)]
    for age_s, job in zip((10, 100, 200, 700), jobs, strict=True):
        there.bring(job.id)
        for folder in (there.folder(job.id).path, hosts[1].instance_dir / "media/.notes/jobs" / job.id):
            for path in (folder, *folder.iterdir()):
                os.utime(path, (time.time() - age_s,) * 2)

    def left() -> list[bool]:
        return [there.folder(job.id).path.exists() for job in jobs]

    assert sweep_copies(hosts[1], database) == 1
    assert left() == [True, True, True, False]
    there.bring(jobs[3].id)
    small = hosts[1].model_copy(update={"media_cache_bytes": 40_000})
    assert sweep_copies(small, database) == 0
    small = hosts[1].model_copy(update={"media_cache_bytes": 0})
    assert sweep_copies(small, database) == 2
    assert left() == [True, False, False, True], "what was used within the last minute stays"
    assert sweep_copies(Settings(instance_dir=hosts[1].instance_dir), database) == 0


def test_what_the_store_does_not_delete_is_not_deleted(hosts: list[Settings], database: Database) -> None:
    jobs = JobStore(database, open_media(hosts[0]))
    job = jobs.create(SourceRequest("text", ""), owner="a", text="here")
    away = JobStore(database, open_media(hosts[0].model_copy(update={"media_endpoint": "http://127.0.0.1:9"})))
    with pytest.raises(StorageError):
        away.delete(job.id)
    jobs.cancel(job.id)
    with pytest.raises(StorageError):
        away.retry(job.id)
    assert jobs.get(job.id).state is JobState.CANCELLED
    assert read(open_media(hosts[1]), job_key(job.id, "text.txt")) == b"here"


def test_jobs_whose_time_is_over_and_files_of_nobody_leave_the_store(
    hosts: list[Settings], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, media = JobStore(database, open_media(hosts[0])), open_media(hosts[1])
    over, kept = (jobs.create(SourceRequest("text", ""), owner="a", text=text) for text in ("over", "kept"))
    jobs.cancel(over.id)
    write(media, job_key("nobody", "upload.wav"))
    media.keep(job_key("nobody"))
    recovery = JobRecovery(database, hosts[1])
    assert recovery.purge() == 0
    assert media.changed_at("jobs").keys() == {over.id, kept.id, "nobody"}
    now_s = time.time()
    monkeypatch.setattr(time, "time", lambda: now_s + 7200)
    assert recovery.purge(datetime.now(UTC) + timedelta(days=31)) == 1
    assert media.changed_at("jobs").keys() == {kept.id}


def test_sounds_of_calls_leave_the_store_when_their_time_is_over(hosts: list[Settings], database: Database) -> None:
    jobs, media, calls = JobStore(database, open_media(hosts[0])), open_media(hosts[0]), CallStore(database, hosts[1])
    made = [jobs.create(CallRequest("call.wav"), owner="a", upload=BytesIO(b"RIFF")) for _ in range(3)]
    for job in made:
        write(media, job_key(job.id, "sound.flac"))
        jobs.keep(job.id)
    for job in made[:2]:
        jobs.cancel(job.id)
    assert calls.purge_sounds() == 0
    path = calls.sound(made[0].id)
    assert calls.purge_sounds(datetime.now(UTC) + timedelta(hours=25)) == 2
    assert calls.kept([job.id for job in made]).keys() == {made[2].id}
    with pytest.raises(NotFoundError):
        calls.sound(made[0].id)
    assert not path.exists()
    assert calls.purge_sounds(datetime.now(UTC) + timedelta(hours=25)) == 0
