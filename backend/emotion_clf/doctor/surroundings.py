"""What the product lives in: database, folders, broker, worker."""

from __future__ import annotations

import shutil
import tempfile
from typing import TYPE_CHECKING, Final

from emotion_clf.doctor.finding import Finding, finding
from emotion_clf.errors import EmotionError, StorageError
from emotion_clf.jobs.app import make_celery
from emotion_clf.storage import Database
from emotion_clf.storage.clock import OVERDUE_AFTER_S, ClockFace
from emotion_clf.storage.media import open_store_media

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.settings import Settings

_MB: Final = 1024**2
_BROKER_TIMEOUT_S: Final = 3.0
_WORKER_TIMEOUT_S: Final = 1.0


def database(settings: Settings, opened: Database | None = None) -> Finding:
    """Whether it answers, with the tables this release needs.

    Args:
        settings: which database.
        opened: the same, where this process has it open already.
    """

    def look() -> str:
        found = opened or Database(settings.database)
        try:
            current, newest = found.revisions()
        finally:
            if opened is None:
                found.dispose()
        if current != newest:
            raise EmotionError(f"at revision {current or 'none'}, the newest is {newest}")
        return f"{found.engine.url.render_as_string(hide_password=True)} at revision {current}"

    return finding(
        "database",
        look,
        "Run `emotion-clf db upgrade`; if that fails, check DATABASE_URL and the server behind it.",
    )


def writable(subject: str, folder: Path) -> Finding:
    """Whether files can be made in a folder."""

    def look() -> str:
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.TemporaryFile(dir=folder):
                return f"{folder} can be written"
        except OSError as error:
            raise EmotionError(f"{folder} cannot be written: {error.strerror}") from error

    return finding(subject, look, "Give this user the folder, or set INSTANCE_DIR to one of its own.")


def media(settings: Settings, *, gently: bool = False) -> Finding:
    """Whether the store of recordings answers, where MEDIA_URL names one.

    Args:
        settings: which store.
        gently: ask only; otherwise a small file is written and deleted too.
    """

    def look() -> str:
        store = open_store_media(settings)
        if store is None:
            return "folders in the instance folder"
        if gently:
            store.look()
        else:
            store.check()
        return f"{settings.media_url} answers"

    return finding(
        "media",
        look,
        "Start the server or correct the MEDIA_ settings; the bucket has to exist, and its files to be listed, read, "
        "written and deleted with these credentials. Jobs wait meanwhile.",
    )


def disk(settings: Settings) -> Finding:
    """Whether there is room for what comes in."""

    def look() -> str:
        try:
            free = shutil.disk_usage(settings.instance_dir).free
        except OSError as error:
            raise EmotionError(f"{settings.instance_dir} cannot be looked at: {error.strerror}") from error
        if free < settings.disk_least_bytes:
            raise EmotionError(f"{free / _MB:,.0f} MB are free in {settings.instance_dir}")
        return f"{free / _MB:,.0f} MB are free"

    return finding("disk", look, "Make room, or lower DISK_LEAST_BYTES or the times that recordings and jobs are kept.")


def broker(settings: Settings) -> Finding:
    """Whether what carries messages to the worker takes them."""

    def look() -> str:
        if not settings.broker_url:
            folder = writable("queue", settings.instance_dir / "queue" / "messages")
            if not folder.ok:
                raise EmotionError(folder.detail)
            return "folders in the instance folder"
        try:
            with make_celery(settings).connection_for_write() as connection:
                connection.ensure_connection(max_retries=1, timeout=_BROKER_TIMEOUT_S)
                return f"{connection.as_uri()} answers"
        except Exception as error:  # every broker's client raises its own
            raise EmotionError("it cannot be reached") from error

    return finding(
        "broker",
        look,
        "Start it or correct BROKER_URL, or unset that for folders in the instance folder; jobs wait in the database.",
    )


def clock(settings: Settings, opened: Database | None = None) -> Finding | None:
    """Whether the clock of a worker ticks, on which retention, lost jobs and webhooks hang.

    Args:
        settings: which database, which is there and migrated.
        opened: the same, where this process has it open already.

    Returns:
        What was found, None where no worker runs that should have a clock.
    """
    found = opened or Database(settings.database)
    try:
        silent_s = ClockFace(found).silent_s()
    except StorageError as error:
        return Finding("clock", ok=False, detail=error.message, mend="See what is said of the database.")
    finally:
        if opened is None:
            found.dispose()
    if silent_s is None:
        return None
    if silent_s <= OVERDUE_AFTER_S:
        return Finding("clock", ok=True, detail=f"ticked {silent_s:.0f} s ago")
    return Finding(
        "clock",
        ok=False,
        detail=f"no worker's clock has ticked for {silent_s:,.0f} s",
        mend="Start a worker, or start it again; its log says why its clock ended. Until then nothing that has expired "
        "is deleted, no lost job is taken up, and no webhook is told.",
    )


def worker(settings: Settings) -> Finding:
    """Whether a worker answers; that none does is no fault, since the product may not be running now."""
    try:
        celery = make_celery(settings)
        with celery.connection_for_write() as connection:
            answers = celery.control.ping(timeout=_WORKER_TIMEOUT_S, connection=connection)
    except Exception:  # the broker's own finding tells what is wrong with it
        answers = []
    if answers:
        return Finding("worker", ok=True, detail=f"{len(answers)} running")
    return Finding("worker", ok=True, detail="none answers: it is at work, or not running; `make run` starts one")
