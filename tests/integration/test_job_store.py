"""Jobs, leases, recovery and admins against real databases."""

from __future__ import annotations

import importlib.util
import io
import stat
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete

from emotion_clf.errors import (
    EngineMissingError,
    InvalidRequestError,
    JobStateError,
    NoSpeechError,
    NotFoundError,
    StorageError,
)
from emotion_clf.pipeline.requests import ReadSentence, SourceAnalysis, SourceOptions, SourceRequest, steps_of
from emotion_clf.pipeline.step import StepReport
from emotion_clf.settings import Settings
from emotion_clf.storage import AdminStore, Database, Job, JobState, JobStore, open_jobs
from emotion_clf.storage.leases import Lease, LeaseDesk, Verdict
from emotion_clf.storage.recovery import JobRecovery
from emotion_clf.storage.tables import AdminRow, JobRow
from emotion_clf.text import EMOTIONS, TextEmotion
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADDRESS = SourceRequest("url", "https://youtu.be/aaaaaaaaaaa")
TEXT = SourceRequest("text", "")
PASSWORD = "correct horse battery"


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    yield from running_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/db.sqlite3"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    found = Database(url)
    found.upgrade()
    yield found
    with found.session() as session:
        session.execute(delete(JobRow))
        session.execute(delete(AdminRow))
    found.dispose()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(instance_dir=tmp_path / "instance", job_lease_s=10, job_attempts=2)


@pytest.fixture
def jobs(settings: Settings, database: Database) -> JobStore:
    return open_jobs(settings, database)


@pytest.fixture
def desk(settings: Settings, database: Database) -> LeaseDesk:
    return LeaseDesk(database, settings)


@pytest.fixture
def recovery(settings: Settings, database: Database) -> JobRecovery:
    return JobRecovery(database, settings)


def sentence(position: int, text: str, emotion: str) -> ReadSentence:
    probabilities = {emotion: 0.75, **{other: 0.25 / 6 for other in EMOTIONS if other != emotion}}
    found = TextEmotion(text, emotion, 0.75, probabilities, False, "joy", {"joy": 0.9, "love": 0.1}, "mild")
    return ReadSentence(position, text, float(position), position + 0.5, "A", found)


ANALYSIS = SourceAnalysis(
    title="A talk",
    duration_s=3.5,
    language="en",
    engine="captions",
    engine_version="1",
    notes=("The words come from captions.",),
    model_name="tiny",
    model_version="1.0.0",
    sentences=(sentence(0, "I am 100% glad.", "happiness"), sentence(1, "Now what?", "surprise")),
)


def claimed(desk: LeaseDesk, job: Job) -> Lease:
    found = desk.claim(job.id)
    assert found is not None
    return found[0]


def done(jobs: JobStore, desk: LeaseDesk, job: Job) -> Job:
    lease = claimed(desk, job)
    for step in job.steps:
        assert desk.begin(lease, step.name)
        if step.name != "classify":
            jobs.folder(job.id).finish(step.name, {}, StepReport("done"))
            assert desk.end(lease, step.name, StepReport("done"))
    assert desk.succeed(lease, ANALYSIS)
    return jobs.get(job.id)


def later(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def test_a_job_comes_back_as_it_went_in(jobs: JobStore) -> None:
    options = SourceOptions(engine="whisper", model="tiny", language="de", redact=True, speakers=True)
    job = jobs.create(SourceRequest("url", "https://youtu.be/x\u202e\x00", options), owner="admin:1")
    assert jobs.get(job.id) == job
    assert job.request.options == options
    assert job.request.source == "https://youtu.be/x"
    assert (job.state, job.attempt, job.revision, job.has_media) == (JobState.QUEUED, 0, 1, False)
    assert [(step.name, step.state.value) for step in job.steps] == [
        (name, "waiting") for name in ("fetch", "decode", "transcribe", "classify")
    ]
    assert job.as_dict()["steps"][0]["state"] == "waiting"


def test_what_is_given_lies_in_a_folder_of_its_own(jobs: JobStore) -> None:
    sent = jobs.create(SourceRequest("file", "../../my talk.WAV"), owner="a", upload=io.BytesIO(b"sound"))
    assert sent.title == "my talk.WAV"
    assert jobs.media(sent.id).read_bytes() == b"sound"
    assert jobs.media(sent.id).name == "upload.wav"
    assert stat.S_IMODE(jobs.media(sent.id).stat().st_mode) == 0o600
    assert stat.S_IMODE(jobs.media(sent.id).parent.stat().st_mode) == 0o700
    written = jobs.create(TEXT, owner="a", text="Glad to be here. " * 9)
    assert written.title == "Glad to be here. Glad to be here. Glad to be here. Glad to b…"
    assert jobs.folder(written.id).text.read_text(encoding="utf-8") == "Glad to be here. " * 9
    with pytest.raises(NotFoundError, match="no recording"):
        jobs.media(written.id)
    secret = jobs.create(SourceRequest("text", "", SourceOptions(redact=True)), owner="a", text="ann@example.org!")
    assert secret.title == "[EMAIL]!"


def test_a_title_is_redacted_as_the_operator_wants(settings: Settings, database: Database) -> None:
    german = settings.model_copy(update={"redaction_regions": ["DE"]})
    jobs, options = open_jobs(german, database), SourceOptions(redact=True)
    assert jobs.create(SourceRequest("text", "", options), owner="a", text="ring 030 23125 000").title == "ring [PHONE]"
    sent = jobs.create(SourceRequest("file", "c/030 23125 000.WAV", options), owner="a", upload=io.BytesIO(b"sound"))
    assert (sent.title, sent.request.source) == ("[PHONE].WAV", "[PHONE].WAV")
    assert jobs.media(sent.id).name == "upload.wav"
    wrong = settings.model_copy(update={"redaction_engine": "presidio"})
    if importlib.util.find_spec("presidio_analyzer") is None:
        with pytest.raises(EngineMissingError, match="REDACTION_ENGINE"):
            open_jobs(wrong, database).create(SourceRequest("text", "", options), owner="a", text="hello")
    started = time.process_time()
    jobs.create(SourceRequest("text", "", options), owner="a", text="a." * 100_000)
    assert time.process_time() - started < 2


def test_a_request_of_one_kind_and_a_gift_of_another(jobs: JobStore, settings: Settings) -> None:
    for request, given in ((ADDRESS, {"text": "a"}), (TEXT, {}), (SourceRequest("file", "a.wav"), {"text": "a"})):
        with pytest.raises(InvalidRequestError):
            jobs.create(request, owner="a", **given)  # type: ignore[arg-type]
    assert not list(settings.instance_dir.glob("jobs/*"))


def test_nothing_is_kept_where_the_database_fails(settings: Settings, tmp_path: Path) -> None:
    unmigrated = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    with pytest.raises(StorageError):
        open_jobs(settings, unmigrated).create(TEXT, owner="a", text="a")
    unmigrated.dispose()
    assert not list(settings.instance_dir.glob("jobs/*"))


def test_jobs_are_found_by_owner_state_and_words(jobs: JobStore, desk: LeaseDesk) -> None:
    mine = [jobs.create(SourceRequest("url", f"https://youtu.be/{word}"), owner="a") for word in ("One_", "two", "3%")]
    jobs.create(ADDRESS, owner="b")
    assert [job.id for job in jobs.search(owner="a").items] == [job.id for job in reversed(mine)]
    assert jobs.search().total == 4
    assert [job.id for job in jobs.search(query=" oNE_ ").items] == [mine[0].id]
    assert jobs.search(query="%").total == jobs.search(query="3%").total == 1
    jobs.cancel(mine[1].id)
    assert [job.id for job in jobs.search(state=JobState.CANCELLED).items] == [mine[1].id]
    second = jobs.search(owner="a", page=2, per_page=2)
    assert (second.items, second.page, second.pages, second.total) == ((jobs.get(mine[0].id),), 2, 2, 3)
    assert jobs.search(page=9).items == ()


def test_a_result_is_stored_once_and_found_by_words_and_emotion(jobs: JobStore, desk: LeaseDesk) -> None:
    job = done(jobs, desk, jobs.create(ADDRESS, owner="a"))
    assert job.state is JobState.SUCCEEDED
    assert job.ended_at is not None
    assert job.summary is not None
    assert job.summary.emotions == {emotion: int(emotion in {"happiness", "surprise"}) for emotion in EMOTIONS}
    assert list(job.summary.emotions) == list(EMOTIONS)
    assert job.summary.notes == ANALYSIS.notes
    assert jobs.sentences(job.id).items == ANALYSIS.sentences
    assert next(iter(jobs.sentences(job.id).items[0].emotion.probabilities)) == "happiness"
    assert [found.position for found in jobs.sentences(job.id, query="GLAD").items] == [0]
    assert jobs.sentences(job.id, query="%").total == 1
    assert [found.position for found in jobs.sentences(job.id, emotion="surprise").items] == [1]
    page = jobs.sentences(job.id, page=2, per_page=1)
    assert (page.items, page.pages) == (ANALYSIS.sentences[1:], 2)


def test_a_worker_begins_no_job_of_another_kind(jobs: JobStore, settings: Settings, database: Database) -> None:
    job = jobs.create(TEXT, owner="a", text="a")
    for kinds, begun in ((["url", "call"], False), (["text"], True)):
        desk = LeaseDesk(database, settings.model_copy(update={"worker_kinds": kinds}))
        assert (desk.claim(job.id) is not None) is begun


def test_a_job_is_one_workers_and_only_for_as_long_as_it_holds_the_lease(
    jobs: JobStore, desk: LeaseDesk, recovery: JobRecovery
) -> None:
    job = jobs.create(TEXT, owner="a", text="a")
    first = claimed(desk, job)
    assert desk.claim(job.id) is None
    assert desk.renew(first) is Verdict.GO_ON
    assert recovery.recover(now=later(9)) == {}
    assert list(recovery.recover(now=later(11))) == [job.id]
    second = claimed(desk, job)
    assert desk.renew(first) is Verdict.LOST
    late = [
        desk.begin(first, "classify"),
        desk.end(first, "classify", StepReport("late")),
        desk.succeed(first, ANALYSIS),
        desk.fail(first, "classify", NoSpeechError("Late.")),
        desk.cancel(first),
        desk.give_back(first),
    ]
    assert late == [False] * 6
    assert jobs.get(job.id).attempt == 2
    assert desk.begin(second, "classify")
    assert desk.succeed(second, ANALYSIS)
    assert not desk.succeed(second, ANALYSIS)
    assert jobs.sentences(job.id).total == 2


def test_news_are_seen_and_renewals_are_no_news(jobs: JobStore, desk: LeaseDesk) -> None:
    job = jobs.create(ADDRESS, owner="a")
    lease = claimed(desk, job)
    desk.begin(lease, "fetch")
    before = jobs.get(job.id)
    desk.renew(lease)
    assert jobs.get(job.id) == before
    desk.renew(lease, ("fetch", 0.25, "1.0 of 4.0 MiB"))
    after = jobs.get(job.id)
    assert after.revision == before.revision + 1
    assert (after.steps[0].progress, after.steps[0].message) == (0.25, "1.0 of 4.0 MiB")
    desk.end(lease, "fetch", StepReport("Fetched.", title="A\ntalk", media="media.webm"))
    desk.renew(lease, ("fetch", 0.5, "late news"))
    ended = jobs.get(job.id)
    assert (ended.title, ended.has_media, ended.steps[0].message) == ("A talk", True, "Fetched.")
    assert ended.steps[0].duration_s is not None


def test_a_job_that_fails_tells_why_and_can_be_begun_again(jobs: JobStore, desk: LeaseDesk) -> None:
    job = jobs.create(ADDRESS, owner="a")
    lease = claimed(desk, job)
    desk.begin(lease, "fetch")
    jobs.folder(job.id).finish("fetch", {}, StepReport("done"))
    desk.end(lease, "fetch", StepReport("done"))
    desk.begin(lease, "decode")
    with pytest.raises(JobStateError):
        jobs.retry(job.id)
    assert desk.fail(lease, "decode", NoSpeechError("Nobody speaks."))
    failed = jobs.get(job.id)
    assert (failed.state, failed.error_code, failed.error_message) == (JobState.FAILED, "no_speech", "Nobody speaks.")
    assert [step.state.value for step in failed.steps] == ["done", "failed", "waiting", "waiting"]
    again = jobs.retry(job.id)
    assert (again.state, again.error_code, again.attempt) == (JobState.QUEUED, None, 0)
    assert [step.state.value for step in again.steps] == ["done", "waiting", "waiting", "waiting"]
    with pytest.raises(JobStateError):
        jobs.retry(job.id)


def test_a_job_is_begun_again_no_later_than_where_something_is_missing(jobs: JobStore, desk: LeaseDesk) -> None:
    job = done(jobs, desk, jobs.create(ADDRESS, owner="a"))
    again = jobs.retry(job.id, "transcribe")
    assert [step.state.value for step in again.steps] == ["done", "done", "waiting", "waiting"]
    assert (again.summary, jobs.sentences(job.id).total) == (None, 0)
    jobs.cancel(job.id)
    jobs.folder(job.id).forget(steps_of("file"))
    assert [step.state.value for step in jobs.retry(job.id, "classify").steps] == ["done"] + ["waiting"] * 3
    jobs.cancel(job.id)
    with pytest.raises(InvalidRequestError, match="no such step"):
        jobs.retry(job.id, "sing")
    assert jobs.get(job.id).state is JobState.CANCELLED
    all_over = done(jobs, desk, jobs.create(TEXT, owner="a", text="a"))
    assert [step.state.value for step in jobs.retry(all_over.id).steps] == ["waiting"]


def test_a_job_is_stopped_at_once_where_it_waits_and_soon_where_it_runs(jobs: JobStore, desk: LeaseDesk) -> None:
    waiting, running = (jobs.create(ADDRESS, owner="a") for _ in range(2))
    stopped = jobs.cancel(waiting.id)
    assert stopped.state is JobState.CANCELLED
    assert {step.state.value for step in stopped.steps} == {"cancelled"}
    assert desk.claim(waiting.id) is None
    lease = claimed(desk, running)
    desk.begin(lease, "fetch")
    asked = jobs.cancel(running.id)
    assert (asked.state, asked.cancel_requested) == (JobState.RUNNING, True)
    assert desk.renew(lease) is Verdict.CANCEL
    assert not desk.succeed(lease, ANALYSIS)
    assert desk.cancel(lease)
    assert jobs.sentences(running.id).total == 0
    for job in (waiting, running):
        with pytest.raises(JobStateError, match="has ended"):
            jobs.cancel(job.id)


def test_a_job_is_deleted_with_all_it_has(jobs: JobStore, desk: LeaseDesk, database: Database) -> None:
    job = done(jobs, desk, jobs.create(ADDRESS, owner="a"))
    running = jobs.create(ADDRESS, owner="a")
    lease = claimed(desk, running)
    for gone in (job, running):
        jobs.delete(gone.id)
        for action in (jobs.get, jobs.cancel, jobs.retry, jobs.delete, jobs.media):
            with pytest.raises(NotFoundError):
                action(gone.id)
        assert not jobs.folder(gone.id).path.exists()
        assert jobs.transcript(gone.id) is None
    assert desk.renew(lease) is Verdict.LOST
    assert not desk.succeed(lease, ANALYSIS)
    with database.engine.connect() as connection:
        for table in ("job_steps", "sentences"):
            assert connection.exec_driver_sql(f"select count(*) from {table}").scalar_one() == 0  # noqa: S608


def test_what_waits_is_announced_again_but_not_all_the_time(jobs: JobStore, recovery: JobRecovery) -> None:
    job = jobs.create(ADDRESS, owner="a")
    assert recovery.recover() == {}
    assert list(recovery.recover(waiting_s=0)) == [job.id]
    assert list(recovery.recover(now=later(11))) == [job.id]
    assert recovery.recover(now=later(12)) == {}
    assert jobs.get(job.id).attempt == 0


def test_a_silent_worker_loses_its_job_and_too_many_end_it(
    jobs: JobStore, desk: LeaseDesk, recovery: JobRecovery
) -> None:
    job = jobs.create(ADDRESS, owner="a")
    desk.begin(claimed(desk, job), "fetch")
    assert list(recovery.recover(now=later(11))) == [job.id]
    assert jobs.get(job.id).steps[0].state.value == "waiting"
    desk.begin(claimed(desk, job), "fetch")
    assert recovery.recover(now=later(11)) == {}
    lost = jobs.get(job.id)
    assert (lost.state, lost.error_code) == (JobState.FAILED, "job_lost")
    assert "died at this 2 times" in str(lost.error_message)
    stopped = jobs.create(ADDRESS, owner="a")
    desk.begin(claimed(desk, stopped), "fetch")
    jobs.cancel(stopped.id)
    assert recovery.recover(now=later(11)) == {}
    assert jobs.get(stopped.id).state is JobState.CANCELLED


def test_a_job_given_back_counts_as_not_begun(jobs: JobStore, desk: LeaseDesk) -> None:
    job = jobs.create(ADDRESS, owner="a")
    lease = claimed(desk, job)
    desk.begin(lease, "fetch")
    assert desk.give_back(lease)
    back = jobs.get(job.id)
    assert (back.state, back.attempt, back.steps[0].state.value) == (JobState.QUEUED, 0, "waiting")


def test_jobs_go_when_their_time_is_over(
    jobs: JobStore, desk: LeaseDesk, recovery: JobRecovery, database: Database, settings: Settings
) -> None:
    ended = done(jobs, desk, jobs.create(ADDRESS, owner="a"))
    waiting = jobs.create(TEXT, owner="a", text="a")
    assert recovery.purge() == 0
    month = later(31 * 24 * 3600)
    for_good = JobRecovery(database, settings.model_copy(update={"job_retention_days": 0}))
    assert for_good.purge(month) == 0
    assert recovery.purge(month) == 1
    assert not jobs.folder(ended.id).path.exists()
    assert [job.id for job in jobs.search().items] == [waiting.id]
    assert jobs.folder(waiting.id).path.exists()


def test_folders_of_no_job_go_once_they_are_old(jobs: JobStore, recovery: JobRecovery, settings: Settings) -> None:
    import os

    kept = jobs.create(TEXT, owner="a", text="a")
    old, young = (settings.instance_dir / "jobs" / name for name in ("0" * 32, "1" * 32))
    for folder in (old, young):
        folder.mkdir()
        (folder / "upload").write_bytes(b"x")
    long_ago = datetime.now(UTC).timestamp() - 7200
    for folder in (old, jobs.folder(kept.id).path):
        os.utime(folder, (long_ago, long_ago))
    recovery.purge()
    assert {path.name for path in (settings.instance_dir / "jobs").iterdir()} == {kept.id, young.name}


def test_an_admin_signs_in_with_name_and_password_alone(database: Database) -> None:
    admins = AdminStore(database)
    assert admins.count() == 0
    ann = admins.create(" Ann ", PASSWORD)
    assert (ann.name, ann.owner, admins.count()) == ("ann", f"admin:{ann.id}", 1)
    assert admins.check("ANN", PASSWORD) == admins.get(ann.id) == ann
    for name, password in (("ann", PASSWORD + "x"), ("bob", PASSWORD)):
        assert admins.check(name, password) is None
    with database.engine.connect() as connection:
        stored = connection.exec_driver_sql("select password from admins").scalar_one()
    assert stored.startswith("scrypt$131072$8$1$")
    assert PASSWORD not in stored
    with pytest.raises(NotFoundError):
        admins.get("nobody")
    for name, password in (
        ("ann", PASSWORD),
        ("", PASSWORD),
        ("a\nb", PASSWORD),
        ("x" * 65, PASSWORD),
        ("bob", "short"),
    ):
        with pytest.raises(InvalidRequestError):
            admins.create(name, password)
    assert admins.count() == 1
