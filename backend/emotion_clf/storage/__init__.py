"""Analyses, jobs and admins ↔ database; recordings and what jobs work on ↔ files."""

from datetime import timedelta
from typing import TYPE_CHECKING

from emotion_clf.storage.admins import Admin, AdminStore
from emotion_clf.storage.analyses import AnalysisStore, Retention
from emotion_clf.storage.api_keys import ApiKey, ApiKeyStore
from emotion_clf.storage.calls import CallStore, StoredCall
from emotion_clf.storage.database import Database
from emotion_clf.storage.drift import DriftWatch, ModelDrift
from emotion_clf.storage.feedback import Feedback, FeedbackCounts, FeedbackStore, Judged
from emotion_clf.storage.jobs import Job, JobState, JobStore, JobSummary, Page, Step, StepState, open_jobs
from emotion_clf.storage.media import open_media
from emotion_clf.storage.observations import ObservationStore, Observer
from emotion_clf.storage.recordings import MEDIA_TYPE, RecordingStore
from emotion_clf.storage.repeats import Repeats
from emotion_clf.storage.revocations import Revocations
from emotion_clf.storage.rows import StoredAnalysis
from emotion_clf.storage.shares import Share, ShareStore
from emotion_clf.storage.webhooks import WebhookStore

if TYPE_CHECKING:
    from emotion_clf.settings import Settings


def open_store(settings: "Settings", database: Database) -> AnalysisStore:
    """The analysis store under the settings in force."""
    recordings = RecordingStore(open_media(settings))
    retention = Retention(
        recordings=timedelta(hours=settings.recording_retention_h),
        results=timedelta(days=settings.result_retention_days),
        embeddings=settings.keep_embeddings,
        consent_text=settings.consent_text,
    )
    return AnalysisStore(database, recordings, retention)


__all__ = [
    "MEDIA_TYPE",
    "Admin",
    "AdminStore",
    "AnalysisStore",
    "ApiKey",
    "ApiKeyStore",
    "CallStore",
    "Database",
    "DriftWatch",
    "Feedback",
    "FeedbackCounts",
    "FeedbackStore",
    "Job",
    "JobState",
    "JobStore",
    "JobSummary",
    "Judged",
    "ModelDrift",
    "ObservationStore",
    "Observer",
    "Page",
    "RecordingStore",
    "Repeats",
    "Retention",
    "Revocations",
    "Share",
    "ShareStore",
    "Step",
    "StepState",
    "StoredAnalysis",
    "StoredCall",
    "WebhookStore",
    "open_jobs",
    "open_store",
]
