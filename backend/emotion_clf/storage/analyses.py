"""Analyses ↔ database, and the recordings that some of them keep."""

from __future__ import annotations

import logging
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, update

from emotion_clf.errors import NotFoundError, StorageError
from emotion_clf.storage.consents import Consents, version_of
from emotion_clf.storage.feedback import forget_feedback
from emotion_clf.storage.job_queries import rows_changed
from emotion_clf.storage.job_values import Page
from emotion_clf.storage.rows import FLOAT, MY_VOICE, StoredAnalysis, from_row, to_row
from emotion_clf.storage.tables import AnalysisRow

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import ColumnElement

    from emotion_clf.pipeline import HeardClip
    from emotion_clf.speech import Manifest
    from emotion_clf.storage.database import Database
    from emotion_clf.storage.recordings import RecordingStore

log = logging.getLogger(__name__)

_NAME_LENGTH: Final = 255
_VOICE_CLIPS: Final = 100  # bounds what one answer reads
_GONE = "There is no such result here. It was deleted, or it belongs to another browser."


@dataclass(frozen=True, slots=True)
class Retention:
    """How long things are kept.

    Attributes:
        recordings: for so long with consent; zero: never.
        results: for so long; zero: until somebody deletes them.
        embeddings: whether embeddings are kept with the results at all.
        consent_text: what people agree to who have a recording kept.
    """

    recordings: timedelta
    results: timedelta
    embeddings: bool = True
    consent_text: str = ""


class AnalysisStore:
    """Keeps analyses and, where the user agreed, their recordings for a set time."""

    def __init__(self, database: Database, recordings: RecordingStore, retention: Retention) -> None:
        self._database = database
        self._recordings = recordings
        self._retention = retention
        self._consents = Consents(database)

    @property
    def keeps_recordings(self) -> bool:
        """Whether recordings are kept at all, with consent."""
        return self._retention.recordings > timedelta()

    @property
    def keeps_embeddings(self) -> bool:
        """Whether embeddings of voices are kept at all."""
        return self._retention.embeddings

    def save(
        self,
        heard: HeardClip,
        *,
        owner: str,
        source_name: str,
        keep_recording: bool,
        keep_embedding: bool = False,
        same_voice: Sequence[StoredAnalysis] | None = None,
    ) -> StoredAnalysis:
        """Store an analysis, and its recording where the user agreed and the operator allows it.

        Args:
            heard: the analysis and its sound.
            owner: whose it is.
            source_name: what the user calls the file.
            keep_recording: whether the user agreed to that.
            keep_embedding: whether later clips may be normalised by this one, where the operator allows it.
            same_voice: earlier clips that are the owner's voice, as this one is; all are marked so. None where this
                one is not said to be.

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
            voice=None if same_voice is None else MY_VOICE,
            consent=version_of(self._retention.consent_text) if keep else None,
        )
        row = to_row(stored, owner, keep_embedding=keep_embedding and self.keeps_embeddings)
        marked = [earlier.id for earlier in same_voice or ()]
        if keep:
            self._recordings.save(analysis_id, heard.waveform)
        try:
            if keep:
                self._consents.remember(self._retention.consent_text)
            with self._database.session() as session:
                session.add(row)
                session.execute(
                    update(AnalysisRow)
                    .where(AnalysisRow.id.in_(marked), AnalysisRow.owner == owner)
                    .values(voice=MY_VOICE)
                )
        except BaseException:
            with suppress(StorageError):
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
        return from_row(row)

    def some(self, ids: Sequence[str], *, owner: str | None) -> list[StoredAnalysis]:
        """Return those of some analyses that are this owner's, the oldest first; the others are passed over.

        Raises:
            StorageError: the database cannot be used.
        """
        wanted = select(AnalysisRow).filter_by(owner=owner).where(AnalysisRow.id.in_(ids))
        with self._database.session() as session:
            return [from_row(row) for row in session.scalars(wanted.order_by(AnalysisRow.created_at, AnalysisRow.id))]

    def recent(self, *, owner: str | None, limit: int) -> list[StoredAnalysis]:
        """The owner's newest analyses, newest first."""
        newest = select(AnalysisRow).filter_by(owner=owner).order_by(AnalysisRow.created_at.desc()).limit(limit)
        with self._database.session() as session:
            return [from_row(row) for row in session.scalars(newest)]

    def search(self, *, owner: str, page: int = 1, per_page: int = 20) -> Page[StoredAnalysis]:
        """The owner's analyses, newest first.

        Args:
            owner: whose.
            page: which page, from 1; one that is not there is empty.
            per_page: how many on a page.
        """
        newest = select(AnalysisRow).filter_by(owner=owner).order_by(AnalysisRow.created_at.desc(), AnalysisRow.id)
        counted = select(func.count()).select_from(AnalysisRow).filter_by(owner=owner)
        with self._database.session() as session:
            total = session.scalar(counted) or 0
            rows = session.scalars(newest.limit(per_page).offset((page - 1) * per_page))
            items = tuple(map(from_row, rows))
        return Page(items, page, max(1, -(-total // per_page)), total)

    def my_voice(self, manifest: Manifest, *, owner: str | None) -> list[StoredAnalysis]:
        """The owner's newest clips that are marked as the owner's voice and embedded by this model, newest first."""
        return self._embedded(manifest, owner, AnalysisRow.voice == MY_VOICE, limit=_VOICE_CLIPS)

    def latest_embedded(self, manifest: Manifest, *, owner: str | None) -> StoredAnalysis | None:
        """The owner's newest clip that was embedded by this model."""
        return next(iter(self._embedded(manifest, owner, limit=1)), None)

    def embedded(self, ids: Sequence[str], manifest: Manifest, *, owner: str | None) -> list[StoredAnalysis]:
        """Those of some clips that are this owner's and were embedded by this model, newest first."""
        return self._embedded(manifest, owner, AnalysisRow.id.in_(ids), limit=_VOICE_CLIPS)

    def _embedded(
        self, manifest: Manifest, owner: str | None, *conditions: ColumnElement[bool], limit: int
    ) -> list[StoredAnalysis]:
        """Clips whose embeddings can be compared with those of a model: by the same version, of the same length."""
        size_bytes = manifest.embedder.dim * FLOAT.itemsize
        newest = (
            select(AnalysisRow)
            .filter_by(owner=owner, model_name=manifest.name, model_version=manifest.version)
            .where(func.length(AnalysisRow.embedding) == size_bytes, *conditions)
            .order_by(AnalysisRow.created_at.desc())
            .limit(limit)
        )
        with self._database.session() as session:
            return [from_row(row) for row in session.scalars(newest)]

    def recording(self, analysis_id: str, *, owner: str | None) -> Path:
        """The file of a kept recording.

        Raises:
            NotFoundError: it was never kept, or its time is over.
        """
        path = self.recording_of(self.get(analysis_id, owner=owner))
        if path is None:
            raise NotFoundError("The recording of this result is not kept here.")
        return path

    def recording_of(self, stored: StoredAnalysis) -> Path | None:
        """Return the file of an analysis' recording; None where it was never kept, or its time is over."""
        return None if stored.recording_expires_at is None else self._recordings.fetch(stored.id)

    def agreed_text(self, stored: StoredAnalysis) -> str | None:
        """What its owner agreed to, None where no recording was kept."""
        return self._consents.text(stored.consent)

    def kept(self) -> dict[str, str]:
        """Where all recordings are that are kept, by the ids of their analyses.

        A place is a path in the instance folder, or in what MEDIA_URL names.
        """
        kept = AnalysisRow.recording_expires_at > datetime.now(UTC)
        with self._database.session() as session:
            return self._recordings.kept(list(session.scalars(select(AnalysisRow.id).where(kept))))

    def delete(self, analysis_id: str, *, owner: str | None) -> None:
        """Delete an analysis, its embedding, its recording and what was said of it at once.

        Raises:
            NotFoundError: as in `get`.
        """
        with self._database.session() as session:
            # Of several who delete it at once, one does; the others find nothing.
            if not rows_changed(session, delete(AnalysisRow).filter_by(id=analysis_id, owner=owner)):
                raise NotFoundError(_GONE)
            forget_feedback(session, [analysis_id])
            # One whose recording cannot be deleted now is not deleted yet.
            self._recordings.discard(analysis_id)

    def purge_expired(self, now: datetime | None = None) -> int:
        """Delete what has been kept for its time: recordings, then answers, then files no answer knows.

        Returns:
            How many recordings and answers were deleted.
        """
        now = now or datetime.now(UTC)
        if not self.keeps_embeddings:
            self._forget_embeddings()
        gone = self._forget_recordings(now) + self._forget_results(now) + self._sweep_files()
        if gone:
            log.info("deleted %d recordings and answers whose time was over", gone)
        return gone

    def _forget_embeddings(self) -> None:
        """Delete embeddings that were kept before the operator decided otherwise."""
        kept = AnalysisRow.embedding.is_not(None)
        with self._database.session() as session:
            session.execute(update(AnalysisRow).where(kept).values(embedding=None, voice=None))

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
            forget_feedback(session, expired)
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
