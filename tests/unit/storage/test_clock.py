from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import update

from emotion_clf.doctor import examine
from emotion_clf.doctor.surroundings import clock
from emotion_clf.settings import Settings
from emotion_clf.storage import Database
from emotion_clf.storage.clock import OVERDUE_AFTER_S, ClockFace
from emotion_clf.storage.tables import ClockRow
from emotion_clf.web import create_app

if TYPE_CHECKING:
    from pathlib import Path


def test_a_clock_that_stands_still_is_seen_by_readiness_and_doctor(tmp_path: Path) -> None:
    settings = Settings(instance_dir=tmp_path)
    database = Database(settings.database)
    database.upgrade()
    face = ClockFace(database)
    assert face.silent_s() is None
    assert clock(settings) is None
    face.tick()
    face.tick()
    assert (face.silent_s() or 0) < 5
    found = clock(settings)
    assert found is not None
    assert found.ok
    with database.session() as session:
        session.execute(update(ClockRow).values(ticked_at=datetime.now(UTC) - timedelta(seconds=OVERDUE_AFTER_S + 30)))
    app = create_app(settings)
    checks = app.test_client().get("/health/ready").get_json()["checks"]
    assert checks["clock"] is False
    assert checks["database"] is True
    app.extensions["emotion_clf"].database.dispose()
    told = {finding.subject: finding for finding in examine(settings)}
    assert not told["clock"].ok
    assert "no worker's clock has ticked for 9" in told["clock"].detail
    face.forget()
    assert face.silent_s() is None
    database.dispose()


def test_a_clock_of_a_database_without_tables_is_a_finding_and_no_error(tmp_path: Path) -> None:
    found = clock(Settings(instance_dir=tmp_path))
    assert found is not None
    assert not found.ok
