from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from sqlalchemy import event

from emotion_clf.audio import QualityWarning, Waveform
from emotion_clf.errors import NotFoundError, StorageError
from emotion_clf.pipeline import ClipAnalysis, HeardClip
from emotion_clf.speech import EmotionPrediction, Manifest
from emotion_clf.speech.manifest import OnnxEmbedderSpec
from emotion_clf.storage import AnalysisStore, Database, RecordingStore, Retention
from emotion_clf.storage.media import FolderMedia
from tests.support.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.storage import StoredAnalysis

OWNER = "a" * 32


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    yield from running_postgres()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path}/new/db.sqlite3"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    found = Database(url)
    found.upgrade()
    yield found
    with found.engine.begin() as connection:
        connection.exec_driver_sql("delete from analyses")
    found.dispose()


@pytest.fixture
def recordings(tmp_path: Path) -> RecordingStore:
    return RecordingStore(FolderMedia(tmp_path))


@pytest.fixture
def store(database: Database, recordings: RecordingStore) -> AnalysisStore:
    return AnalysisStore(database, recordings, Retention(timedelta(hours=24), timedelta(days=30)))


MODEL = Manifest(
    name="tiny",
    version="1.2.3",
    title="Tiny",
    description="",
    embedder=OnnxEmbedderSpec(dim=4),
    labels=("happy", "sad"),
    uncertain_below=0.0,
    libraries={},
    training_data=(),
    licence="MIT",
    scores={},
    files={},
)
EMBEDDING = np.array([1.5, -2.25, 3e-8, 1e30], dtype=np.float32)


def heard(label: str = "happy", *, model: str = "tiny", version: str = "1.2.3") -> HeardClip:
    prediction = EmotionPrediction(
        label=label,
        confidence=0.75,
        probabilities={label: 0.75, "sad": 0.25},
        uncertain=False,
        model_name=model,
        model_version=version,
        embed_ms=12.5,
        classify_ms=0.5,
        adapted_to_clips=2,
        embedding=EMBEDDING,
    )
    analysis = ClipAnalysis(
        prediction=prediction,
        duration_s=1.5,
        warnings=(QualityWarning("noisy", "It is noisy."),),
        container="WebM",
        decode_ms=80.25,
    )
    return HeardClip(analysis, Waveform(np.linspace(-1, 1, 24_000, dtype=np.float32)))


def save(store: AnalysisStore, *, keep: bool = False, name: str = "clip.webm", owner: str = OWNER) -> str:
    return store.save(heard(), owner=owner, source_name=name, keep_recording=keep).id


def test_an_analysis_comes_back_as_it_went_in(store: AnalysisStore) -> None:
    stored = store.save(heard(), owner=OWNER, source_name="müller 🎤.webm", keep_recording=False)
    found = store.get(stored.id, owner=OWNER)
    assert found == stored
    assert found.source_name == "müller 🎤.webm"
    assert found.created_at.tzinfo is UTC
    assert found.recording_expires_at is None


def test_an_analysis_is_there_for_its_owner_alone(store: AnalysisStore) -> None:
    analysis_id = save(store, keep=True)
    for stranger in ("b" * 32, None, ""):
        for action in (store.get, store.delete, store.recording):
            with pytest.raises(NotFoundError):
                action(analysis_id, owner=stranger)
    assert store.get(analysis_id, owner=OWNER).id == analysis_id


def test_recent_lists_the_owners_newest_first(store: AnalysisStore) -> None:
    saved = [save(store) for _ in range(4)]
    save(store, owner="b" * 32)
    assert [found.id for found in store.recent(owner=OWNER, limit=3)] == saved[:0:-1]


def test_a_recording_is_kept_with_consent_alone(store: AnalysisStore, tmp_path: Path) -> None:
    without = save(store, keep=False)
    with pytest.raises(NotFoundError, match="not kept"):
        store.recording(without, owner=OWNER)
    assert not (tmp_path / "recordings").exists()
    kept = store.recording(save(store, keep=True), owner=OWNER)
    samples, rate_hz = soundfile.read(kept, dtype="float32")
    assert rate_hz == 16_000
    np.testing.assert_allclose(samples, heard().waveform.samples, atol=1 / 2**14)
    assert kept.stat().st_mode & 0o777 == 0o600
    assert kept.parent.stat().st_mode & 0o777 == 0o700


def test_no_recording_is_kept_where_the_operator_keeps_none(database: Database, recordings: RecordingStore) -> None:
    store = AnalysisStore(database, recordings, Retention(timedelta(), timedelta()))
    assert not store.keeps_recordings
    analysis_id = save(store, keep=True)
    assert store.get(analysis_id, owner=OWNER).recording_expires_at is None
    assert not recordings.path(analysis_id).exists()


def test_delete_removes_row_and_recording(store: AnalysisStore, recordings: RecordingStore) -> None:
    analysis_id = save(store, keep=True)
    store.delete(analysis_id, owner=OWNER)
    assert not recordings.path(analysis_id).exists()
    with pytest.raises(NotFoundError):
        store.get(analysis_id, owner=OWNER)


def test_of_several_who_delete_at_once_one_does(store: AnalysisStore) -> None:
    stored = store.save(heard(), owner=OWNER, source_name="clip.wav", keep_recording=True)
    together = threading.Barrier(6)

    def delete(_: int) -> bool:
        together.wait(30)
        try:
            store.delete(stored.id, owner=OWNER)
        except NotFoundError:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(delete, range(6))) == [False] * 5 + [True]


def test_many_analyses_are_asked_for_at_once(store: AnalysisStore, database: Database) -> None:
    mine = [store.save(heard(), owner=OWNER, source_name=f"{n}.wav", keep_recording=False).id for n in range(3)]
    other = store.save(heard(), owner="b" * 32, source_name="b.wav", keep_recording=True)
    asked: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    found = store.some([other.id, *reversed(mine), "0" * 32], owner=OWNER)
    assert [stored.source_name for stored in found] == ["0.wav", "1.wav", "2.wav"]
    assert [statement.split()[0] for statement in asked] == ["SELECT"]
    assert store.recording_of(found[0]) is None
    assert store.recording_of(other) is not None


def test_purge_deletes_what_is_over_and_nothing_else(store: AnalysisStore, recordings: RecordingStore) -> None:
    kept = save(store, keep=True)
    assert store.purge_expired() == 0
    assert recordings.path(kept).exists()
    later = datetime.now(UTC) + timedelta(hours=24, minutes=1)
    assert store.purge_expired(later) == 1
    assert not recordings.path(kept).exists()
    assert store.get(kept, owner=OWNER).clip.prediction.label == "happy"
    assert store.purge_expired(later) == 0


def test_purge_deletes_old_answers_unless_they_are_kept_for_good(
    store: AnalysisStore, database: Database, recordings: RecordingStore
) -> None:
    analysis_id = save(store, keep=True)
    for_good = AnalysisStore(database, recordings, Retention(timedelta(days=60), timedelta()))
    later = datetime.now(UTC) + timedelta(days=31)
    for_good.purge_expired(later)
    assert store.get(analysis_id, owner=OWNER).id == analysis_id
    store.purge_expired(later)
    with pytest.raises(NotFoundError):
        store.get(analysis_id, owner=OWNER)
    assert not recordings.path(analysis_id).exists()


def test_purge_sweeps_files_nobody_knows(store: AnalysisStore, recordings: RecordingStore, tmp_path: Path) -> None:
    kept = save(store, keep=True)
    folder = tmp_path / "recordings"
    orphan, half, young = folder / f"{'0' * 32}.flac", folder / f"{'1' * 32}.part", folder / f"{'2' * 32}.part"
    for path in (orphan, half, young):
        path.write_bytes(b"x")
    long_ago = datetime.now(UTC).timestamp() - 7200
    for path in (orphan, half, recordings.path(kept)):
        os.utime(path, (long_ago, long_ago))
    assert store.purge_expired() == 2
    assert sorted(folder.iterdir()) == sorted([young, recordings.path(kept)])


def test_an_expired_recording_is_not_served_even_before_the_purge(
    database: Database, recordings: RecordingStore
) -> None:
    store = AnalysisStore(database, recordings, Retention(timedelta(microseconds=1), timedelta()))
    analysis_id = save(store, keep=True)
    assert recordings.path(analysis_id).exists()
    with pytest.raises(NotFoundError):
        store.recording(analysis_id, owner=OWNER)


def test_nothing_is_kept_where_the_database_fails(tmp_path: Path, recordings: RecordingStore) -> None:
    unmigrated = Database(f"sqlite:///{tmp_path}/empty.sqlite3")
    store = AnalysisStore(unmigrated, recordings, Retention(timedelta(hours=1), timedelta()))
    with pytest.raises(StorageError, match="emotion-clf doctor"):
        save(store, keep=True)
    unmigrated.dispose()
    assert not list((tmp_path / "recordings").iterdir())


def test_nothing_is_kept_where_the_disk_fails(store: AnalysisStore, tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("a file where the folder should be", encoding="ascii")
    with pytest.raises(StorageError, match="without asking us to keep it"):
        save(store, keep=True)
    assert store.recent(owner=OWNER, limit=9) == []


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\fakepath\\my clip.wav", "my clip.wav"),
        ("a\nb\x00c\u202egpj.wav", "abcgpj.wav"),
        ("\ud800", "clip"),
        ("", "clip"),
        ("x" * 300, "x" * 255),
    ],
)
def test_names_are_data(store: AnalysisStore, sent: str, kept: str) -> None:
    assert store.get(save(store, name=sent), owner=OWNER).source_name == kept


def keep(
    store: AnalysisStore,
    clip: HeardClip | None = None,
    *,
    mine: list[StoredAnalysis] | None = None,
    owner: str = OWNER,
) -> StoredAnalysis:
    return store.save(
        clip or heard(),
        owner=owner,
        source_name="clip.webm",
        keep_recording=False,
        keep_embedding=True,
        same_voice=mine,
    )


def test_an_embedding_comes_back_bit_by_bit(store: AnalysisStore) -> None:
    found = store.get(keep(store).id, owner=OWNER).clip.prediction
    assert found.embedding is not None
    assert found.embedding.dtype == np.float32
    np.testing.assert_array_equal(found.embedding, EMBEDDING)
    assert found.adapted_to_clips == 2


def test_no_embedding_is_kept_unasked_or_against_the_operator(
    store: AnalysisStore, database: Database, recordings: RecordingStore
) -> None:
    assert store.get(save(store), owner=OWNER).clip.prediction.embedding is None
    none = AnalysisStore(database, recordings, Retention(timedelta(), timedelta(), embeddings=False))
    assert not none.keeps_embeddings
    assert none.get(keep(none).id, owner=OWNER).clip.prediction.embedding is None


def test_my_voice_holds_what_its_owner_marked_and_nothing_else(store: AnalysisStore) -> None:
    first, stranger = keep(store), keep(store, owner="b" * 32, mine=[])
    keep(store)
    assert store.my_voice(MODEL, owner=OWNER) == []
    second = keep(store, mine=[first])
    assert [clip.id for clip in store.my_voice(MODEL, owner=OWNER)] == [second.id, first.id]
    assert {clip.voice for clip in store.my_voice(MODEL, owner=OWNER)} == {"me"}
    keep(store, mine=[stranger], owner=OWNER)
    assert [clip.id for clip in store.my_voice(MODEL, owner="b" * 32)] == [stranger.id]
    assert store.my_voice(MODEL, owner=None) == []


def test_nobody_can_mark_a_clip_of_somebody_else(store: AnalysisStore) -> None:
    theirs = keep(store, owner="b" * 32)
    keep(store, mine=[theirs])
    assert store.get(theirs.id, owner="b" * 32).voice is None


def test_embeddings_of_another_model_version_or_length_are_not_compared(store: AnalysisStore) -> None:
    keep(store, heard(model="other"), mine=[])
    keep(store, heard(version="9"), mine=[])
    save(store)
    assert store.my_voice(MODEL, owner=OWNER) == []
    assert store.latest_embedded(MODEL, owner=OWNER) is None
    kept = keep(store, mine=[])
    longer = MODEL.model_copy(update={"embedder": OnnxEmbedderSpec(dim=5)})
    assert store.embedded([kept.id], longer, owner=OWNER) == []
    assert [clip.id for clip in store.embedded([kept.id, "nobody"], MODEL, owner=OWNER)] == [kept.id]
    assert store.embedded([kept.id], MODEL, owner="b" * 32) == []


def test_the_latest_clip_is_the_newest_with_an_embedding(store: AnalysisStore) -> None:
    keep(store)
    newest = keep(store)
    save(store)
    found = store.latest_embedded(MODEL, owner=OWNER)
    assert found is not None
    assert found.id == newest.id


def embeddings_in(database: Database) -> int:
    with database.engine.connect() as connection:
        found = connection.exec_driver_sql("select count(*) from analyses where embedding is not null")
        return int(found.scalar_one())


def test_an_embedding_goes_with_its_result(store: AnalysisStore, database: Database) -> None:
    first, second = keep(store, mine=[]), keep(store, mine=[])
    assert embeddings_in(database) == 2
    store.delete(first.id, owner=OWNER)
    assert [clip.id for clip in store.my_voice(MODEL, owner=OWNER)] == [second.id]
    assert embeddings_in(database) == 1
    store.purge_expired(datetime.now(UTC) + timedelta(days=31))
    assert embeddings_in(database) == 0


def test_embeddings_go_when_the_operator_stops_keeping_them(
    store: AnalysisStore, database: Database, recordings: RecordingStore
) -> None:
    kept = keep(store, mine=[])
    AnalysisStore(database, recordings, Retention(timedelta(), timedelta(), embeddings=False)).purge_expired()
    assert embeddings_in(database) == 0
    assert store.get(kept.id, owner=OWNER).voice is None


def test_answers_of_the_first_release_survive_the_migration_both_ways(database: Database) -> None:
    from alembic import command

    config = database._alembic()
    command.downgrade(config, "0001")
    columns = (
        "id owner created_at source_name container duration_s label confidence uncertain probabilities warnings "
        "model_name model_version timings_ms"
    ).replace(" ", ", ")
    values = (
        f"'{'c' * 32}', '{OWNER}', '2026-01-01 00:00:00+00:00', 'old.wav', 'WAV', 1.0, 'happy', 0.75, false, "
        """'{"happy": 0.75, "sad": 0.25}', '[]', 'tiny', '1.2.3', '{"decode": 1, "embed": 2, "classify": 3}'"""
    )
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"insert into analyses ({columns}) values ({values})")  # noqa: S608
    database.upgrade()
    store = AnalysisStore(database, RecordingStore(FolderMedia(Path("nowhere"))), Retention(timedelta(), timedelta()))
    old = store.get("c" * 32, owner=OWNER)
    assert (old.source_name, old.voice) == ("old.wav", None)
    assert (old.clip.prediction.adapted_to_clips, old.clip.prediction.embedding) == (0, None)
    kept = keep(store, mine=[])
    command.downgrade(config, "0001")
    with database.engine.connect() as connection:
        left = {row[0] for row in connection.exec_driver_sql("select id from analyses")}
        assert left == {old.id, kept.id}
        assert "embedding" not in set(connection.exec_driver_sql("select * from analyses").keys())
    database.upgrade()


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    current, newest = database.revisions()
    assert current == newest
    database.upgrade()
    assert database.revisions() == (current, newest)


def test_the_migrations_make_the_tables_the_code_reads(database: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    from emotion_clf.storage.tables import Base

    with database.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Base.metadata) == []


@pytest.mark.parametrize("url", ["", "nonsense", "oracle+nothing://x", "postgresql+nothing://x"])
def test_a_url_that_cannot_be_used_is_one_sentence(url: str) -> None:
    with pytest.raises(StorageError, match="DATABASE_URL cannot be used"):
        Database(url)


def test_a_server_that_is_not_there_is_one_sentence() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nothing?connect_timeout=2")
    with pytest.raises(StorageError, match="cannot be reached"):
        database.revisions()
    database.dispose()
