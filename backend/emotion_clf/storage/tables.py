"""The database's tables."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, Double, Index, LargeBinary, String, TypeDecorator
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
    owner: Mapped[str] = mapped_column(String(32))
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
