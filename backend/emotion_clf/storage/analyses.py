"""Analyses ↔ rows, and the recordings that some of them keep."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select, update

from emotion_clf.audio import QualityWarning
from emotion_clf.errors import NotFoundError
from emotion_clf.pipeline import ClipAnalysis, HeardClip
from emotion_clf.speech import EmotionPrediction
from emotion_clf.storage.tables import AnalysisRow

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.storage.database import Database
    from emotion_clf.storage.recordings import RecordingStore

log = logging.getLogger(__name__)

_NAME_LENGTH: Final = 255
_GONE = "There is no such result here. It was deleted, or it belongs to another browser."


@dataclass(frozen=True, slots=True)
class StoredAnalysis:
    """An analysis that has a permalink.

    Attributes:
        id: 128 random bits in hexadecimal.
        created_at: when it was made, in UTC.
        source_name: what the user called the file; data, never a path.
        clip: the answer.
        recording_expires_at: until when the recording is kept, None where it is not.
    """

    id: str
    created_at: datetime
    source_name: str
    clip: ClipAnalysis
    recording_expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept.

    Attributes:
        recordings: for so long with consent; zero: never.
        results: for so long; zero: until somebody deletes them.
    """

    recordings: timedelta
    results: timedelta


class AnalysisStore:
    """Keeps analyses and, where the user agreed, their recordings for a set time."""

    def __init__(self, database: Database, recordings: RecordingStore, retention: Retention) -> None:
        self._database = database
        self._recordings = recordings
        self._retention = retention

    @property
    def keeps_recordings(self) -> bool:
        """Whether recordings are kept at all, with consent."""
        return self._retention.recordings > timedelta()

    def save(self, heard: HeardClip, *, owner: str, source_name: str, keep_recording: bool) -> StoredAnalysis:
        """Store an analysis, and its recording where the user agreed and the operator allows it.

        Raises:
            StorageError: the database or the folder does not take it; then nothing is kept.
        """
        analysis_id = secrets.token_hex(16)
        now = datetime.now(UTC)
        keep = keep_recording and self.keeps_recordings
        stored = StoredAnalysis(
            id=analysis_id,
            created_at=now,
            source_name=_clean_name(source_name),
            clip=heard.analysis,
            recording_expires_at=now + self._retention.recordings if keep else None,
        )
        if keep:
            self._recordings.save(analysis_id, heard.waveform)
        try:
            with self._database.session() as session:
                session.add(_to_row(stored, owner))
        except BaseException:
            self._recordings.discard(analysis_id)
            raise
        return stored

    def get(self, analysis_id: str, *, owner: str | None) -> StoredAnalysis:
        """One analysis of this owner.

        Raises:
            NotFoundError: there is none, or it is somebody else's (the answer does not tell which).
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            row = session.scalar(select(AnalysisRow).filter_by(id=analysis_id, owner=owner))
        if row is None:
            raise NotFoundError(_GONE)
        return _from_row(row)

    def recent(self, *, owner: str | None, limit: int) -> list[StoredAnalysis]:
        """The owner's newest analyses, newest first."""
        newest = select(AnalysisRow).filter_by(owner=owner).order_by(AnalysisRow.created_at.desc()).limit(limit)
        with self._database.session() as session:
            return [_from_row(row) for row in session.scalars(newest)]

    def recording(self, analysis_id: str, *, owner: str | None) -> Path:
        """The file of a kept recording.

        Raises:
            NotFoundError: it was never kept, or its time is over.
        """
        stored = self.get(analysis_id, owner=owner)
        path = self._recordings.path(analysis_id)
        if stored.recording_expires_at is None or not path.is_file():
            raise NotFoundError("The recording of this result is not kept here.")
        return path

    def delete(self, analysis_id: str, *, owner: str | None) -> None:
        """Delete an analysis and its recording at once.

        Raises:
            NotFoundError: as in `get`.
        """
        self.get(analysis_id, owner=owner)
        self._recordings.discard(analysis_id)
        with self._database.session() as session:
            session.execute(delete(AnalysisRow).filter_by(id=analysis_id))

    def purge_expired(self, now: datetime | None = None) -> int:
        """Delete what has been kept for its time: recordings, then answers, then files no answer knows.

        Returns:
            How many recordings and answers were deleted.
        """
        now = now or datetime.now(UTC)
        gone = self._forget_recordings(now) + self._forget_results(now) + self._sweep_files()
        if gone:
            log.info("deleted %d recordings and answers whose time was over", gone)
        return gone

    def _forget_recordings(self, now: datetime) -> int:
        over = AnalysisRow.recording_expires_at <= now
        with self._database.session() as session:
            expired = list(session.scalars(select(AnalysisRow.id).where(over)))
        for analysis_id in expired:
            self._recordings.discard(analysis_id)
        with self._database.session() as session:
            session.execute(update(AnalysisRow).where(over).values(recording_expires_at=None))
        return len(expired)

    def _forget_results(self, now: datetime) -> int:
        if not self._retention.results:
            return 0
        over = AnalysisRow.created_at <= now - self._retention.results
        with self._database.session() as session:
            expired = list(session.scalars(select(AnalysisRow.id).where(over)))
        for analysis_id in expired:
            self._recordings.discard(analysis_id)
        with self._database.session() as session:
            session.execute(delete(AnalysisRow).where(over))
        return len(expired)

    def _sweep_files(self) -> int:
        """Delete files left by a process that died between writing and storing."""
        present = set(self._recordings.ids())
        with self._database.session() as session:
            known = set(session.scalars(select(AnalysisRow.id).where(AnalysisRow.recording_expires_at.is_not(None))))
        for analysis_id in present - known:
            self._recordings.discard(analysis_id)
        return len(present - known)


def _clean_name(name: str) -> str:
    """A file name as data: no folders, no control or direction-changing characters, bounded length."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in base if character.isprintable()).strip()[:_NAME_LENGTH] or "clip"


def _to_row(stored: StoredAnalysis, owner: str) -> AnalysisRow:
    clip, prediction = stored.clip, stored.clip.prediction
    return AnalysisRow(
        id=stored.id,
        owner=owner,
        created_at=stored.created_at,
        source_name=stored.source_name,
        container=clip.container,
        duration_s=clip.duration_s,
        label=prediction.label,
        confidence=prediction.confidence,
        uncertain=prediction.uncertain,
        probabilities=prediction.probabilities,
        warnings=[{"code": warning.code, "message": warning.message} for warning in clip.warnings],
        model_name=prediction.model_name,
        model_version=prediction.model_version,
        timings_ms={
            "decode": clip.decode_ms,
            "embed": prediction.embed_ms,
            "classify": prediction.classify_ms,
        },
        recording_expires_at=stored.recording_expires_at,
    )


def _from_row(row: AnalysisRow) -> StoredAnalysis:
    now = datetime.now(UTC)
    kept = row.recording_expires_at is not None and row.recording_expires_at > now
    ranked = sorted(row.probabilities.items(), key=lambda item: -item[1])
    return StoredAnalysis(
        id=row.id,
        created_at=row.created_at,
        source_name=row.source_name,
        clip=ClipAnalysis(
            prediction=EmotionPrediction(
                label=row.label,
                confidence=row.confidence,
                probabilities=dict(ranked),
                uncertain=row.uncertain,
                model_name=row.model_name,
                model_version=row.model_version,
                embed_ms=row.timings_ms["embed"],
                classify_ms=row.timings_ms["classify"],
            ),
            duration_s=row.duration_s,
            warnings=tuple(QualityWarning(**warning) for warning in row.warnings),
            container=row.container,
            decode_ms=row.timings_ms["decode"],
        ),
        recording_expires_at=row.recording_expires_at if kept else None,
    )
