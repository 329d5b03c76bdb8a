"""Everything of one owner: counted, taken away, deleted, and nothing of anybody else's."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import Table, event, func, select, update

from emotion_clf.belongings import KINDS, Belongings
from emotion_clf.belongings.readme import FILES
from emotion_clf.settings import Settings
from emotion_clf.storage.leases import LeaseDesk, Verdict
from emotion_clf.storage.rows import to_row
from emotion_clf.storage.tables import AnalysisRow, Base
from tests.conftest import running
from tests.support import belongings as made
from tests.support import calls

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

    from emotion_clf.storage import Database

ME, OTHER = "a" * 32, "b" * 32


def hanging() -> dict[str, Any]:
    """Each table that holds something of an owner, by its name: a condition on its rows for this owner."""
    found: dict[str, Callable[[str], Any]] = {}

    def condition(table: Table) -> Callable[[str], Any] | None:
        if "owner" in table.columns:
            return lambda owner: table.c.owner == owner
        for key in table.foreign_keys:
            above = condition(key.column.table)
            if above is not None:
                parent, column = key.column, key.parent
                return lambda owner: column.in_(select(parent).where(above(owner)))
        return None

    for table in Base.metadata.sorted_tables:
        hangs = condition(table)
        if hangs is not None:
            found[table.name] = hangs
    return found


def rows_of(database: Database, owner: str) -> dict[str, int]:
    with database.session() as session:
        return {
            name: session.scalar(select(func.count()).select_from(Base.metadata.tables[name]).where(hangs(owner))) or 0
            for name, hangs in hanging().items()
        }


def files_of(settings: Settings) -> list[str]:
    """The names of everything kept in folders, but for the database, the queue and the key of sessions."""
    root = settings.instance_dir
    return sorted(
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] in {"recordings", "jobs"}
    )


def archive(app: Flask, *owners: str) -> zipfile.ZipFile:
    pieces = list(keeper(app).export(owners))
    assert all(pieces)
    return zipfile.ZipFile(io.BytesIO(b"".join(pieces)))


def keeper(app: Flask) -> Belongings:
    found: Belongings = app.extensions["emotion_clf"].belongings
    return found


def test_every_table_of_an_owner_is_filled_told_and_emptied(app: Flask) -> None:
    """A table that is new has to be made by `everything`, told in the export, and deleted with its owner."""
    services = app.extensions["emotion_clf"]
    made.everything(app, ME)
    made.everything(app, OTHER)
    before = rows_of(services.database, ME)
    assert all(before.values()), before
    assert set(FILES) == set(before)
    with archive(app, ME) as zipped:
        assert zipped.testzip() is None
        names = zipped.namelist()
    for table in before:
        assert any(fnmatch(name, told) for told in FILES[table] for name in names), table
    keeper(app).erase([ME])
    assert not any(rows_of(services.database, ME).values())
    assert rows_of(services.database, OTHER) == before


def test_an_export_asks_the_database_no_more_for_each_clip_there_is_more(app: Flask) -> None:
    one = made.clip(app, ME)
    database = app.extensions["emotion_clf"].database

    def asked() -> int:
        counted: list[str] = []

        def count(*told: Any) -> None:
            counted.append(told[2])

        event.listen(database.engine, "before_cursor_execute", count)
        names = zipfile.ZipFile(io.BytesIO(b"".join(app.extensions["emotion_clf"].belongings.export([ME])))).namelist()
        event.remove(database.engine, "before_cursor_execute", count)
        with database.session() as session:
            there = session.scalar(select(func.count()).select_from(AnalysisRow))
        assert len([name for name in names if name.startswith("clips/")]) == there
        return len(counted)

    before = asked()
    with database.session() as session:
        session.add_all(to_row(replace(one, id=f"{number:032x}"), ME, keep_embedding=True) for number in range(300))
    assert asked() <= before + 4


def test_each_file_of_an_export_is_explained_in_it(app: Flask) -> None:
    made.everything(app, ME)
    calls.waiting(app, owner=ME)
    with archive(app, ME) as zipped:
        readme = zipped.read("README.txt").decode()
        names = zipped.namelist()
    told = [line.strip() for line in readme.splitlines() if line.startswith("  ") and not line.startswith("      ")]
    assert [name for name in names if not any(fnmatch(name, each) for each in told)] == ["README.txt"]


def test_an_export_holds_what_the_downloads_hold(app: Flask) -> None:
    services = app.extensions["emotion_clf"]
    clip_id, call_id, source_id = made.everything(app, ME)
    client = calls.as_owner(app.test_client(), ME)
    with archive(app, ME) as zipped:
        clip = json.loads(zipped.read(f"clips/{clip_id}.json"))
        assert clip == client.get(f"/analyses/{clip_id}.json").get_json()
        assert zipped.read("clips.csv").decode() == client.get(f"/analyses/{clip_id}.csv").get_data(as_text=True)
        assert json.loads(zipped.read(f"calls/{call_id}/call.json")) == client.get(f"/calls/{call_id}.json").get_json()
        assert zipped.read(f"calls/{call_id}/timeline.csv") == client.get(f"/calls/{call_id}.csv").data
        recording = services.analyses.recording(clip_id, owner=ME)
        assert zipped.read(f"recordings/{clip_id}.flac") == recording.read_bytes()
        assert zipped.read(f"calls/{call_id}/sound.flac") == services.calls.sound(call_id).read_bytes()
        embedding = json.loads(zipped.read(f"voices/{clip_id}.json"))["embedding"]
        np.testing.assert_array_equal(
            np.float32(embedding), services.analyses.get(clip_id, owner=ME).clip.prediction.embedding
        )
        told = made.voices(zipped.read(f"calls/{call_id}/voices.csv").decode())
        np.testing.assert_allclose(told, services.calls.embeddings(call_id))
        source = json.loads(zipped.read(f"sources/{source_id}/source.json"))
        assert source["sentences"][0]["text"] == "Good morning."
        assert zipped.read(f"sources/{source_id}/sentences.csv").decode().count("\n") == 6
        (said,) = json.loads(zipped.read("feedback.json"))
        assert (said["subject_id"], said["correction"]) == (clip_id, "calm")
        (agreed,) = json.loads(zipped.read("consent.json"))
        assert (agreed["version"], agreed["text"]) == (clip["consent"], services.settings.consent_text)


def test_an_export_holds_nothing_of_others_and_no_secret(app: Flask) -> None:
    services = app.extensions["emotion_clf"]
    mine = made.everything(app, ME)
    made.clip(app, OTHER, "a-name-of-theirs.wav")
    made.everything(app, OTHER)
    call = calls.finished(app, "our-secret-call.wav", owner=OTHER)
    _, token = services.shares.create(mine[1], timedelta(days=1), with_sound=False)
    with archive(app, ME) as zipped:
        names = " ".join(zipped.namelist())
        content = b"\n".join(zipped.read(name) for name in zipped.namelist())
    for foreign in (call.id, OTHER):
        assert foreign not in names
        assert foreign.encode() not in content
    for foreign in ("a-name-of-theirs", "our-secret-call", token, "token_sha256", ME):
        assert foreign.encode() not in content


def test_an_account_is_told_without_its_password(app: Flask) -> None:
    from tests.support.api import admin, resources

    admin_id = admin(app)
    key, secret = resources(app).keys.create("nightly", ["read"])
    with archive(app, f"admin:{admin_id}", key.owner) as zipped:
        found = json.loads(zipped.read("accounts.json"))
        content = zipped.read("accounts.json").decode()
    assert [each["id"] for each in found] == [admin_id, key.id]
    assert found[1]["scopes"] == ["read"]
    assert "password" not in content
    assert "secret" not in content
    assert secret not in content


def test_nothing_of_an_owner_is_left_in_any_folder(app: Flask) -> None:
    services = app.extensions["emotion_clf"]
    made.everything(app, OTHER)
    before = files_of(services.settings)
    made.everything(app, ME)
    calls.waiting(app, owner=ME)
    assert len(files_of(services.settings)) > len(before)
    for _ in range(2):
        keeper(app).erase([ME])
        assert files_of(services.settings) == before


def test_a_worker_at_a_job_of_one_who_deleted_everything_stores_nothing(app: Flask) -> None:
    services = app.extensions["emotion_clf"]
    job = calls.waiting(app, owner=ME)
    desk = LeaseDesk(services.database, services.settings)
    claimed = desk.claim(job.id)
    assert claimed is not None
    keeper(app).erase([ME])
    assert desk.renew(claimed[0]) is Verdict.LOST
    timeline = calls.timeline()
    shape = (len(timeline.windows), 4)
    from emotion_clf.pipeline.call_requests import CallAnalysis

    found = CallAnalysis(timeline, np.zeros(shape, np.float32), np.zeros((2, 8), np.uint8))
    assert not desk.succeed(claimed[0], found)
    assert not any(rows_of(services.database, ME).values())


def test_counts_and_the_days_on_which_things_go_by_themselves(app: Flask) -> None:
    services = app.extensions["emotion_clf"]
    assert [holding.kind for holding in keeper(app).count([ME])] == list(KINDS)
    assert not any(holding.count for holding in keeper(app).count([ME]))
    made.everything(app, OTHER)
    made.everything(app, ME)
    made.clip(app, ME)
    now = datetime.now(UTC)
    found = {holding.kind: holding for holding in keeper(app).count([ME])}
    assert {kind: holding.count for kind, holding in found.items()} == {
        **dict.fromkeys(KINDS, 1),
        "clips": 2,
        "recordings": 2,
        "voices": 2,
    }
    settings = services.settings
    lasts = {
        "clips": timedelta(days=settings.result_retention_days),
        "voices": timedelta(days=settings.result_retention_days),
        "recordings": timedelta(hours=settings.recording_retention_h),
        "calls": timedelta(days=settings.job_retention_days),
        "sources": timedelta(days=settings.job_retention_days),
        "call_sounds": timedelta(hours=settings.call_recording_h),
        "links": timedelta(days=1),
        "answers": timedelta(days=1),
    }
    for kind, holding in found.items():
        if kind in lasts:
            assert holding.gone_by is not None
            assert abs(holding.gone_by - now - lasts[kind]) < timedelta(minutes=1), kind
        else:
            assert holding.gone_by is None
    calls.waiting(app, owner=ME)
    unfinished = {holding.kind: holding for holding in keeper(app).count([ME])}["calls"]
    assert (unfinished.count, unfinished.gone_by) == (2, None)
    both = {holding.kind: holding.count for holding in keeper(app).count([ME, OTHER])}
    assert (both["clips"], both["calls"]) == (3, 3)


def test_what_is_kept_for_good_has_no_day(settings: Settings) -> None:
    for_good = settings.model_copy(
        update={"result_retention_days": 0.0, "job_retention_days": 0.0, "call_recording_h": 0.0}
    )
    with running(for_good) as app:
        made.everything(app, ME)
        found = {holding.kind: holding.gone_by for holding in keeper(app).count([ME])}
    assert found["clips"] is found["calls"] is found["sources"] is found["call_sounds"] is None


def test_owners_are_those_who_have_something(app: Flask) -> None:
    assert keeper(app).owners() == []
    made.clip(app, ME)
    calls.waiting(app, owner=OTHER)
    assert keeper(app).owners() == [ME, OTHER]


def test_a_large_sound_goes_through_in_pieces(app: Flask) -> None:
    """The whole never lies in memory: no piece is much larger than what is read at once."""
    services = app.extensions["emotion_clf"]
    call = calls.finished(app, owner=ME)
    services.calls.sound(call.id).write_bytes(b"\x5a" * (8 << 20))
    sizes = [len(piece) for piece in keeper(app).export([ME])]
    assert sum(sizes) > 8 << 20
    assert max(sizes) < 1 << 18


def test_what_is_deleted_while_it_is_taken_away_is_passed_over(app: Flask) -> None:
    made.everything(app, ME)
    pieces = keeper(app).export([ME])
    first = next(pieces)
    keeper(app).erase([ME])
    with zipfile.ZipFile(io.BytesIO(b"".join([first, *pieces]))) as zipped:
        assert zipped.testzip() is None


@pytest.mark.parametrize("owners", [[], ["nobody"]])
def test_nobody_has_nothing(app: Flask, owners: list[str]) -> None:
    made.clip(app, ME)
    keeper(app).erase(owners)
    assert keeper(app).owners() == [ME]
    with archive(app, *owners) as zipped:
        assert zipped.namelist() == ["README.txt"]


def test_everything_goes_by_itself(app: Flask) -> None:
    """The worker's own sweep, once every time is over: nothing of anybody is left in any table or folder."""
    services = app.extensions["emotion_clf"]
    settings = services.settings
    made.everything(app, ME)
    days_ago = datetime.now(UTC) - timedelta(days=2)
    with services.database.session() as session:
        session.execute(update(Base.metadata.tables["repeats"]).values(created_at=days_ago))
    cut_off = settings.instance_dir / "transcripts" / "part.json"
    cut_off.parent.mkdir()
    cut_off.write_text("{}", encoding="utf-8")
    os.utime(cut_off, (days_ago.timestamp(), days_ago.timestamp()))
    over = ("RECORDING_RETENTION_H", "RESULT_RETENTION_DAYS", "JOB_RETENTION_DAYS", "CALL_RECORDING_H")
    environment = {**os.environ, **dict.fromkeys(over, "1e-9"), "PYTHONPATH": os.pathsep.join(sys.path)}
    program = "from emotion_clf.jobs.tasks import purge_expired; purge_expired()"
    subprocess.run([sys.executable, "-c", program], env=environment, cwd=settings.instance_dir, check=True)
    assert not any(rows_of(services.database, ME).values())
    assert files_of(settings) == []
    assert not cut_off.exists()
