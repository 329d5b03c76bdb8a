"""Analyses ↔ database, recordings ↔ files."""

from datetime import timedelta
from typing import TYPE_CHECKING

from emotion_clf.storage.analyses import AnalysisStore, Retention
from emotion_clf.storage.database import Database
from emotion_clf.storage.recordings import MEDIA_TYPE, RecordingStore
from emotion_clf.storage.rows import StoredAnalysis

if TYPE_CHECKING:
    from emotion_clf.settings import Settings


def open_store(settings: "Settings", database: Database) -> AnalysisStore:
    """The analysis store under the settings in force."""
    recordings = RecordingStore(settings.instance_dir / "recordings")
    retention = Retention(
        recordings=timedelta(hours=settings.recording_retention_h),
        results=timedelta(days=settings.result_retention_days),
        embeddings=settings.keep_embeddings,
    )
    return AnalysisStore(database, recordings, retention)


__all__ = ["MEDIA_TYPE", "AnalysisStore", "Database", "RecordingStore", "Retention", "StoredAnalysis", "open_store"]
