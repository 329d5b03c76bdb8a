"""From an answer to a count without an owner, and from counts to what administrators and Prometheus see."""

from __future__ import annotations

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import func, inspect, select

from emotion_clf.bundles import Binned, Reference, reference_id
from emotion_clf.cli import main
from emotion_clf.exposition.server import exposition, registries
from emotion_clf.jobs.pulse import Pulse
from emotion_clf.jobs.work import Worker
from emotion_clf.pipeline.call_requests import CallAnalysis
from emotion_clf.pipeline.observations import Counts, Observation, Subject
from emotion_clf.pipeline.requests import SourceRequest
from emotion_clf.pipeline.steps import Steps
from emotion_clf.settings import Settings
from emotion_clf.speech.manifest import Manifest
from emotion_clf.storage import Database, ObservationStore, Observer
from emotion_clf.storage.leases import LeaseDesk
from emotion_clf.storage.observations import ObservationRow
from emotion_clf.text.manifest import TextManifest
from emotion_clf.text.taxonomy import EMOTIONS
from ml_models.evaluation.reference import add_reference
from tests.conftest import running
from tests.support.admins import signed_in_client
from tests.support.bundles import LABELS, make_onnx_bundle
from tests.support.dialogues import small_call
from tests.support.heard_calls import heard_call, judged_windows
from tests.support.postgres import running_postgres
from tests.support.sound import SAMPLES, voice, wav
from tests.support.text_bundles import make_text_bundle
from tests.support.web import BROWSER, JSON, send_json, token, upload

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from flask import Flask

CLIP = wav(voice(1.0))
HALVES = Binned(edges=(0.5,), counts=(500, 500))
TODAY = datetime.now(UTC).date()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Tiny bundles with references: of speech with two components, of text with none."""
    folder = tmp_path_factory.mktemp("models")
    make_onnx_bundle(folder / "tiny")
    make_onnx_bundle(folder / "plain")
    make_text_bundle(folder / "text", "tiny")
    speech = Reference(
        components_from="some clips",
        answers_from="some answers",
        labels=dict.fromkeys(LABELS, 400),
        confidence=HALVES,
        components=(Binned(edges=(0.0,), counts=(600, 600)), Binned(edges=(-1.0, 1.0), counts=(400, 400, 400))),
    )
    add_reference(folder / "tiny", speech, Manifest)
    text = Reference(answers_from="some comments", labels=dict.fromkeys(EMOTIONS, 200), confidence=HALVES)
    add_reference(folder / "text" / "tiny", text, TextManifest)
    return folder


@pytest.fixture
def settings(models: Path) -> Settings:
    return Settings(models_dir=models, model="tiny", text_model="tiny")


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    with running(settings) as app:
        yield app


def counted(app: Flask) -> dict[Subject, Counts]:
    """What is in the database once what waits has been written."""
    made = app.extensions["emotion_clf"]
    made.observer.flush()
    return ObservationStore(made.database, made.settings).since(TODAY - timedelta(days=1))


def subject(models: Path, kind: str = "clip", name: str = "tiny") -> Subject:
    manifest = TextManifest.read(models / "text" / name) if kind == "text" else Manifest.read(models / name)
    return Subject(kind, name, manifest.version, reference_id(manifest))  # type: ignore[arg-type]


def met(app: Flask, of: Subject, answers: int, labels: dict[str, int], *, sources: int | None = None) -> None:
    """Put counts into the database as if so much had been answered."""
    components = () if of.kind == "text" else ((answers, 0), (answers, 0, 0))
    counts = Counts(answers if sources is None else sources, answers, labels, (answers, 0), components)
    observer: Observer = app.extensions["emotion_clf"].observer
    observer.note(Observation(of, counts))
    observer.flush()


def test_clips_through_every_door_are_counted_and_samples_are_not(app: Flask, models: Path) -> None:
    client = app.test_client()
    answer = send_json(client, CLIP).get_json()
    (found,) = counted(app).items()
    assert found[0] == subject(models)
    assert (found[1].sources, found[1].answers, found[1].labels) == (1, 1, {answer["label"]: 1})
    assert sum(found[1].confidence) == 1
    assert [sum(counts) for counts in found[1].components] == [1, 1]
    assert found[1].confidence[answer["confidence"] >= 0.5] == 1
    send_html = {"sample": SAMPLES.joinpath("even.flac").stem, "csrf_token": token(client)}
    assert client.post("/emotion_predict", data=send_html, headers=BROWSER).status_code < 400
    assert counted(app)[subject(models)].answers == 1
    for address, field, status in (("/predict", "file", 200), ("/api/v1/clips", "file", 201)):
        sent = client.post(address, data={field: upload(CLIP)["audio"]}, headers=JSON)
        assert sent.status_code == status, sent.get_data(as_text=True)
    assert counted(app)[subject(models)].answers == 3
    assert client.post("/emotion_predict", data=upload(CLIP, model="plain"), headers=JSON).status_code == 200
    assert set(counted(app)) == {subject(models)}


def test_texts_are_counted_once_each(app: Flask, models: Path) -> None:
    client = app.test_client()
    client.post("/predict", json={"text": "I am so happy. This is awful!"})
    client.post("/api/v1/texts", json={"text": ["So happy.", "Very sad.", "Quite calm."]})
    page = {"text": "What a day! I like it.", "csrf_token": token(client)}
    client.post("/text", data=page, headers=BROWSER)
    client.post("/text", data={**page, "why": "1"}, headers=BROWSER)
    found = counted(app)[subject(models, "text")]
    assert (found.sources, found.answers, found.components) == (5, 7, ())
    assert sum(found.labels.values()) == sum(found.confidence) == 7


def test_the_answer_is_out_before_anything_is_written(app: Flask) -> None:
    made = app.extensions["emotion_clf"]
    response = app.test_client().post("/predict", json={"text": "I am so happy."})
    assert response.status_code == 200
    with made.database.session() as session:
        before = session.scalar(select(func.count()).select_from(ObservationRow))
    response.close()
    with made.database.session() as session:
        assert (before, session.scalar(select(func.count()).select_from(ObservationRow))) == (0, 1)


def test_a_database_that_is_away_costs_no_answer_and_no_count(
    app: Flask, models: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = app.extensions["emotion_clf"]
    with made.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE observations RENAME TO away")
    client = app.test_client()
    for _ in range(3):
        with client.post("/predict", json={"text": "I am so happy."}) as response:
            assert response.status_code == 200
    assert sum("cannot be counted" in record.message for record in caplog.records) == 1
    with made.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO observations")
    made.observer._again_at = 0.0
    assert counted(app)[subject(models, "text")].answers == 3


def test_nothing_is_counted_where_the_operator_wants_none(models: Path) -> None:
    settings = Settings(models_dir=models, model="tiny", text_model="tiny", drift_retention_days=0)
    with running(settings) as app:
        app.test_client().post("/predict", json={"text": "I am so happy."})
        send_json(app.test_client(), CLIP)
        assert counted(app) == {}
        page = signed_in_client(app).get("/admin/drift", headers=BROWSER).get_data(as_text=True)
        assert "Nothing is counted." in page


def test_jobs_are_counted_by_the_worker(app: Flask, models: Path, settings: Settings) -> None:
    made = app.extensions["emotion_clf"]
    job = made.jobs.create(SourceRequest("text", ""), owner="a", text="I am so happy. This is awful!")
    observer = Observer(ObservationStore(made.database, settings))
    pulse = Pulse()
    pulse.start()
    try:
        Worker(made.jobs, LeaseDesk(made.database, settings), Steps(settings), pulse, observer).run(job.id)
    finally:
        pulse.stop()
    found = counted(app)[subject(models, "text")]
    assert (found.sources, found.answers) == (1, 2)


def test_a_call_is_one_source_of_the_windows_that_were_judged(app: Flask, models: Path, settings: Settings) -> None:
    made = app.extensions["emotion_clf"]
    job_id = heard_call(app, small_call(), owner="a" * 32)
    heard = CallAnalysis(made.calls.get(job_id).timeline, made.calls.embeddings(job_id), made.calls.peaks(job_id))
    found = Steps(settings).observed(heard)
    assert found is not None
    judged = judged_windows(app, job_id)
    assert (found.subject, found.counts.sources, found.counts.answers) == (subject(models, "call"), 1, len(judged))
    assert [sum(counts) for counts in found.counts.components] == [len(judged)] * 2


def test_no_column_could_hold_a_person(app: Flask) -> None:
    columns = inspect(app.extensions["emotion_clf"].database.engine).get_columns("observations")
    assert {column["name"] for column in columns} == {
        "id",
        "day",
        "kind",
        "model_name",
        "model_version",
        "reference",
        "sources",
        "answers",
        "counts",
    }


def test_a_day_becomes_one_row_and_old_ones_go(app: Flask, models: Path, settings: Settings) -> None:
    made = app.extensions["emotion_clf"]
    store = ObservationStore(made.database, settings)
    one = Counts(1, 2, {"calm": 1, "angry": 1}, (1, 1), ((1, 1), (0, 1, 1)))
    days = {"now": TODAY, "before": TODAY - timedelta(days=1), "old": TODAY - timedelta(days=90)}
    for day in days.values():
        for _ in range(3):
            store.add({(day, subject(models)): one})
    assert store.tidy() == 3

    merged = [(days["before"], 3, 6), (days["now"], 3, 6)]
    assert rows_of(made.database) == merged
    assert store.tidy() == 0
    assert rows_of(made.database) == merged
    together = store.since(days["before"])[subject(models)]
    assert together == Counts(6, 12, {"calm": 6, "angry": 6}, (6, 6), ((6, 6), (0, 6, 6)))
    assert store.since(days["now"])[subject(models)].answers == 6


@pytest.fixture(scope="module")
def postgres() -> Iterator[str]:
    yield from running_postgres()


def test_two_workers_that_merge_at_once_count_nothing_twice(postgres: str, settings: Settings, models: Path) -> None:
    database = Database(postgres)
    try:
        database.upgrade()
        store = ObservationStore(database, settings)
        one = Counts(1, 1, {"calm": 1}, (1, 0), ((1, 0), (1, 0, 0)))
        for _ in range(40):
            store.add({(TODAY, subject(models)): one})
        with ThreadPoolExecutor(4) as workers:
            list(workers.map(lambda _: store.tidy(), range(8)))
        assert store.since(TODAY)[subject(models)].answers == 40
        store.tidy()
        assert len(rows_of(database)) == 1
    finally:
        database.dispose()


def rows_of(database: Database) -> list[tuple[date, int, int]]:
    with database.session() as session:
        asked = select(ObservationRow.day, ObservationRow.sources, ObservationRow.answers)
        return sorted((day, sources, answers) for day, sources, answers in session.execute(asked))


def test_the_page_says_what_it_does_not_know(app: Flask, models: Path) -> None:
    admin = signed_in_client(app)
    assert app.test_client().get("/admin/drift", headers=BROWSER).status_code == 303
    assert app.test_client().get("/admin/drift", headers=JSON).status_code == 401
    met(app, subject(models), 12, {"calm": 12})
    met(app, subject(models, "call"), 400, {"calm": 400}, sources=3)
    page = admin.get("/admin/drift", headers=BROWSER).get_data(as_text=True)
    assert "Not enough yet: 12 of 100 clips." in page
    assert "Not enough yet: 3 of 10 calls." in page
    assert "This model brings no reference." in page
    assert "No data yet." in page
    assert "PSI</th>" not in page


def test_the_page_tells_what_moved_and_what_did_not(app: Flask, models: Path) -> None:
    even = dict.fromkeys(LABELS, 40)
    met(app, subject(models), 120, even)
    admin = signed_in_client(app)
    found = admin.get("/admin/drift?days=1", headers=JSON).get_json()
    (told,) = [model for model in found["models"] if model["answers"]]
    assert found["days"] == 1
    assert told["missing"] is None
    assert told["drift"]["label"]["verdict"] == "steady"
    assert (told["drift"]["confidence"]["verdict"], told["drift"]["embedding"]["verdict"]) == ("drifted", "drifted")
    page = admin.get("/admin/drift?days=1", headers=BROWSER).get_data(as_text=True)
    assert "has drifted" in page
    assert "as in training" in page
    assert "Component 2 of the embeddings" in page
    assert "style=" not in page
    assert admin.get("/admin/drift?days=4", headers=JSON).get_json()["days"] == 7


def test_counts_of_another_version_or_reference_are_not_compared(app: Flask, models: Path) -> None:
    mine = subject(models)
    met(app, Subject("clip", mine.model, "9.9.9", mine.reference), 500, {"calm": 500})
    met(app, Subject("clip", mine.model, mine.version, "0" * 16), 500, {"calm": 500})
    found = signed_in_client(app).get("/admin/drift", headers=JSON).get_json()["models"]
    assert {model["missing"] for model in found} == {"no data yet", "this model brings no reference"}


def test_prometheus_hears_of_what_can_be_told(app: Flask, models: Path, settings: Settings) -> None:
    met(app, subject(models), 150, {"calm": 150})
    met(app, subject(models, "text"), 20, {"neutral": 20})
    made = app.extensions["emotion_clf"]
    _, body = exposition(registries(settings, made.database), "")
    samples = {
        (sample.name.removeprefix("emotion_clf_drift_"), *map(sample.labels.get, ("kind", "of"))): sample.value
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
        if sample.name.startswith("emotion_clf_drift_") and sample.labels["model"] == "tiny"
    }
    assert samples["answers", "clip", None] == 150
    assert samples["answers", "text", None] == 20
    assert samples["psi", "clip", "label"] > 0.25
    assert 0 < samples["psi_noise", "clip", "label"] < 0.1
    assert 0 < samples["jensen_shannon", "clip", "embedding"] <= 1
    assert not [key for key in samples if "text" in key and key[0] != "answers"]


def test_the_terminal_tells_the_same(
    app: Flask, models: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    met(app, subject(models), 150, {"calm": 150})
    monkeypatch.setattr(sys.modules["emotion_clf.cli.drift"], "get_settings", lambda: settings)
    lines = CliRunner().invoke(main, ["drift"], catch_exceptions=False).output.splitlines()
    assert lines[0].startswith("tiny 0.0.1, clip: embedding drifted (PSI ")
    assert "tiny 0.0.1, call: no data yet" in lines
    output = CliRunner().invoke(main, ["drift", "--json", "--days", "30"]).output
    rows = [json.loads(line) for line in output.splitlines()]
    assert rows[0]["drift"]["label"]["verdict"] == "drifted"
    assert {row["missing"] for row in rows[1:]} == {"no data yet", "this model brings no reference"}


def test_the_link_stands_among_the_administrators_pages(app: Flask) -> None:
    page = signed_in_client(app).get("/admin", headers=BROWSER).get_data(as_text=True)
    assert "/admin/drift" in page
