"""The database's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite forgets the zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Registry of the tables."""


class AnalysisRow(Base):
    """One analysed clip."""

    __tablename__ = "analyses"
    __table_args__ = (
        Index("ix_analyses_owner_created", "owner", "created_at"),
        Index("ix_analyses_recording_expires_at", "recording_expires_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    source_name: Mapped[str] = mapped_column(String(255))
    container: Mapped[str] = mapped_column(String(16))
    duration_s: Mapped[float] = mapped_column(Double)
    label: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float] = mapped_column(Double)
    uncertain: Mapped[bool]
    probabilities: Mapped[dict[str, float]] = mapped_column(JSON)
    warnings: Mapped[list[dict[str, str]]] = mapped_column(JSON)
    model_name: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(32))
    timings_ms: Mapped[dict[str, Any]] = mapped_column(JSON)
    recording_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    adapted_to_clips: Mapped[int] = mapped_column(server_default="0")
    embedding: Mapped[bytes | None] = mapped_column(LargeBinary)
    voice: Mapped[str | None] = mapped_column(String(16))
    consent: Mapped[str | None] = mapped_column(String(16))


class ConsentTextRow(Base):
    """One text that people agreed to; never changed, so that it can be shown later."""

    __tablename__ = "consent_texts"

    version: Mapped[str] = mapped_column(String(16), primary_key=True)
    text: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime] = mapped_column(UtcDateTime)


class JobRow(Base):
    """One source somebody gave us to read."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_owner_created", "owner", "created_at"),
        Index("ix_jobs_state_lease_until", "state", "lease_until"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))
    source: Mapped[str] = mapped_column(Text)
    options: Mapped[dict[str, Any]] = mapped_column(JSON)
    title: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int]
    cancel_requested: Mapped[bool]
    revision: Mapped[int]
    media: Mapped[str | None] = mapped_column(String(255))
    summary: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    consent: Mapped[str | None] = mapped_column(String(16))
    lease_token: Mapped[str | None] = mapped_column(String(32))
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class StepRow(Base):
    """One step of a job."""

    __tablename__ = "job_steps"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    progress: Mapped[float | None] = mapped_column(Double)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message: Mapped[str] = mapped_column(Text)


class SentenceRow(Base):
    """One sentence of a job's result."""

    __tablename__ = "sentences"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    text: Mapped[str] = mapped_column(Text)
    translation: Mapped[str | None] = mapped_column(Text)
    start_s: Mapped[float | None] = mapped_column(Double)
    end_s: Mapped[float | None] = mapped_column(Double)
    speaker: Mapped[str | None] = mapped_column(String(64))
    emotion: Mapped[str] = mapped_column(String(32))
    confidence: Mapped[float] = mapped_column(Double)
    uncertain: Mapped[bool]
    sub_emotion: Mapped[str | None] = mapped_column(String(32))
    intensity: Mapped[str | None] = mapped_column(String(16))
    probabilities: Mapped[dict[str, float]] = mapped_column(JSON)
    sub_emotions: Mapped[dict[str, float]] = mapped_column(JSON)


class CallRow(Base):
    """The result of a call's job."""

    __tablename__ = "calls"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    timeline: Mapped[bytes] = mapped_column(LargeBinary)
    embeddings: Mapped[bytes] = mapped_column(LargeBinary)
    embedding_dim: Mapped[int]
    peaks: Mapped[bytes] = mapped_column(LargeBinary)
    channels: Mapped[int]


class ShareRow(Base):
    """One link by which a call can be seen by whoever has it."""

    __tablename__ = "shares"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    with_sound: Mapped[bool]


class FeedbackRow(Base):
    """What somebody says of one answer; kept apart from the answer, and after it."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("owner", "subject_id", "speaker", "start_s", name="uq_feedback_subject"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    about: Mapped[str] = mapped_column(String(8))
    subject_id: Mapped[str] = mapped_column(String(32))
    start_s: Mapped[float] = mapped_column(Double)
    end_s: Mapped[float] = mapped_column(Double)
    speaker: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(64))
    confidence: Mapped[float] = mapped_column(Double)
    right: Mapped[bool]
    correction: Mapped[str | None] = mapped_column(String(64))
    model_name: Mapped[str] = mapped_column(String(64))
    model_version: Mapped[str] = mapped_column(String(32))


class AdminRow(Base):
    """One person who may sign in."""

    __tablename__ = "admins"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ClockRow(Base):
    """The one row that says when a worker's clock last ticked."""

    __tablename__ = "clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticked_at: Mapped[datetime] = mapped_column(UtcDateTime)
