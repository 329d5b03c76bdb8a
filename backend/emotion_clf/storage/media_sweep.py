"""Drop the copies that this host needs no longer: of what was deleted, what was not used of late, what is too much."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Final

from sqlalchemy import select

from emotion_clf.errors import StorageError
from emotion_clf.storage.database import Database
from emotion_clf.storage.job_values import JobState
from emotion_clf.storage.media import job_key, open_store_media, recording_key
from emotion_clf.storage.media_copies import idle_s
from emotion_clf.storage.tables import AnalysisRow, JobRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from emotion_clf.settings import Settings
    from emotion_clf.storage.media_copies import Copies, Unit

log = logging.getLogger(__name__)

SWEEP_EVERY_S: Final = 60.0
UNUSED_S: Final = 600.0
# What is not in the store yet belongs to somebody who is at it, unless he died.
_ORPHAN_AFTER_S: Final = 3600.0
_IN_USE_S: Final = 60.0


def sweep_for_good(settings: Settings) -> None:
    """Sweep this host's copies every minute for as long as this process lives; nothing where there are none."""
    if settings.media_url is not None:
        threading.Thread(target=_sweep_on, args=(settings,), name="sweep-copies", daemon=True).start()


def sweep_copies(settings: Settings, database: Database) -> int:
    """Drop copies: of what the database knows no more at once, of the rest what was not used for ten minutes.

    Where more than MEDIA_CACHE_BYTES are left, the least recently used go too; never what a worker is at.

    Returns:
        How many jobs and recordings were dropped.

    Raises:
        StorageError: the database cannot be used.
    """
    media = open_store_media(settings)
    units = [] if media is None else media.copies.units()
    if media is None or not units:
        return 0
    known, busy = _known(database, units)
    dropped = 0
    kept_bytes = 0
    for unit in sorted(units, key=lambda unit: -unit.used_at_s):
        kept_bytes += unit.size_bytes
        if unit.key not in busy and _is_over(unit, known, kept_bytes > settings.media_cache_bytes):
            kept_bytes -= unit.size_bytes
            dropped += _drop(media.copies, unit)
    return dropped


def _is_over(unit: Unit, known: Collection[str], too_much: bool) -> bool:
    if not unit.copied:
        return idle_s(unit) > _ORPHAN_AFTER_S
    return unit.key not in known or idle_s(unit) > (_IN_USE_S if too_much else UNUSED_S)


def _drop(copies: Copies, unit: Unit) -> bool:
    """Drop one, unless somebody came for it meanwhile."""
    if copies.unit(unit.key).used_at_s != unit.used_at_s:
        return False
    copies.drop_folder(unit.key)
    return True


def _known(database: Database, units: list[Unit]) -> tuple[set[str], set[str]]:
    """Keys of those that the database knows, and of the jobs at work."""
    jobs = [unit.key.removeprefix("jobs/") for unit in units]
    with database.session() as session:
        states = session.execute(select(JobRow.id, JobRow.state).where(JobRow.id.in_(jobs))).all()
        kept = select(AnalysisRow.id).where(AnalysisRow.recording_expires_at.is_not(None))
        recordings = {recording_key(found) for found in session.scalars(kept)}
    return (
        {job_key(found) for found, _ in states} | recordings,
        {job_key(found) for found, state in states if state == JobState.RUNNING},
    )


def _sweep_on(settings: Settings) -> None:
    database = Database(settings.database)
    pause = threading.Event()
    while True:
        try:
            sweep_copies(settings, database)
        except (StorageError, OSError):
            log.warning("copies of recordings could not be swept; that is done again soon")
        pause.wait(SWEEP_EVERY_S)
