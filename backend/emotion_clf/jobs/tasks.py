"""What the worker does."""

from __future__ import annotations

from emotion_clf.jobs.app import app
from emotion_clf.settings import get_settings
from emotion_clf.storage import Database, open_store


@app.task(name="emotion_clf.purge_expired")  # type: ignore[untyped-decorator]
def purge_expired() -> int:
    """Delete the recordings and answers whose time is over."""
    settings = get_settings()
    database = Database(settings.database)
    try:
        return open_store(settings, database).purge_expired()
    finally:
        database.dispose()
