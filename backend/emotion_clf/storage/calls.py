"""Analysed calls: timelines, who is the customer, the sound beside them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from emotion_clf.errors import JobStateError, NotFoundError
from emotion_clf.pipeline.requests import CALL, VOICES
from emotion_clf.pipeline.work_folder import SOUND_NAME, WorkFolder, outcome_name
from emotion_clf.storage.call_rows import embeddings_of, pack_timeline, peaks_of, timeline_of
from emotion_clf.storage.job_queries import changed, read_job
from emotion_clf.storage.job_values import ENDED
from emotion_clf.storage.media import job_key, open_media
from emotion_clf.storage.tables import CallRow, JobRow

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.calls import Timeline
    from emotion_clf.settings import Settings
    from emotion_clf.storage.database import Database
    from emotion_clf.storage.job_values import Job

_GONE = "There is no such call here. It was deleted, or it belongs to somebody else."


@dataclass(frozen=True, slots=True)
class StoredCall:
    """A call that was analysed.

    Attributes:
        job: its job, which ended well.
        timeline: with the emotions of those voices that are judged.
        has_sound: whether its sound is there to be played.
    """

    job: Job
    timeline: Timeline
    has_sound: bool


class CallStore:
    """Keeps what was found in calls; their jobs are the `JobStore`'s."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._media = open_media(settings)

    def job(self, job_id: str, *, owner: str | None) -> Job:
        """The job of a call of this owner, ended or not.

        Raises:
            NotFoundError: there is none, or it is somebody else's (the answer does not tell which).
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            found = session.scalar(select(JobRow.id).filter_by(id=job_id, kind=CALL, owner=owner))
            if found is None:
                raise NotFoundError(_GONE)
            return read_job(session, job_id)

    def unfinished(self, owner: str) -> int:
        """How many calls of an owner wait or are at work."""
        with self._database.session() as session:
            open_ones = select(JobRow.id).filter_by(kind=CALL, owner=owner).where(JobRow.state.not_in(ENDED))
            return len(list(session.scalars(open_ones)))

    def get(self, job_id: str) -> StoredCall:
        """An analysed call, whoever's it is.

        Raises:
            NotFoundError: there is none.
            JobStateError: it is not analysed yet, or could not be.
        """
        with self._database.session() as session:
            if session.scalar(select(JobRow.id).filter_by(id=job_id, kind=CALL)) is None:
                raise NotFoundError(_GONE)
            job = read_job(session, job_id)
            column = session.scalar(select(CallRow.timeline).filter_by(job_id=job_id))
        if column is None:
            raise JobStateError("This call is not analysed yet. Its page says how far it is.")
        return StoredCall(job, timeline_of(column), bool(self.kept([job_id])))

    def embeddings(self, job_id: str) -> npt.NDArray[np.float32]:
        """Its embeddings, float32 of shape (windows, dim); see `CallAnalysis`.

        Raises:
            NotFoundError: there are none.
        """
        row = self._row(job_id)
        return embeddings_of(row.embeddings, row.embedding_dim)

    def peaks(self, job_id: str) -> npt.NDArray[np.uint8]:
        """Its peaks, uint8 of shape (channels, eighths of a second).

        Raises:
            NotFoundError: there are none.
        """
        row = self._row(job_id)
        return peaks_of(row.peaks, row.channels)

    def relabel(self, job_id: str, timeline: Timeline) -> None:
        """Put a timeline in place of the one there is: another customer was chosen.

        Raises:
            NotFoundError: there is no such call.
        """
        with self._database.session() as session:
            packed = update(CallRow).where(CallRow.job_id == job_id).values(timeline=pack_timeline(timeline))
            if session.scalar(packed.returning(CallRow.job_id)) is None:
                raise NotFoundError(_GONE)
            session.execute(update(JobRow).where(JobRow.id == job_id).values(**changed(datetime.now(UTC))))

    def sound(self, job_id: str) -> Path:
        """The sound of a call, FLAC at 16 kHz, one channel or two.

        Raises:
            NotFoundError: there is none, or its time is over.
        """
        path = self._media.fetch(_sound_key(job_id))
        if path is None:
            raise NotFoundError("The sound of this call is not kept any more.")
        return path

    def purge_sounds(self, now: datetime | None = None) -> int:
        """Delete the sounds whose time is over, the timelines stay; how many there were."""
        hours = self._settings.call_recording_h
        if not hours:
            return 0
        past = JobRow.ended_at <= (now or datetime.now(UTC)) - timedelta(hours=hours)
        with self._database.session() as session:
            ended = list(session.scalars(select(JobRow.id).where(JobRow.kind == CALL, JobRow.state.in_(ENDED), past)))
        over = self.kept(ended).values()
        self._media.discard(*over)
        return len(over)

    def kept(self, job_ids: Collection[str]) -> dict[str, str]:
        """Where the sounds are that are kept of some calls, by the ids of their jobs.

        A place is a path in the instance folder, or in what MEDIA_URL names.
        """
        keys = {job_id: _sound_key(job_id) for job_id in job_ids}
        there = self._media.holding(set(keys.values()))
        return {job_id: key for job_id, key in keys.items() if key in there}

    def heard(self, job_id: str) -> WorkFolder:
        """The folder with the sound of a call and what was found out of its voices, as far as they are kept.

        Raises:
            StorageError: the store cannot be reached.
        """
        for name in (SOUND_NAME, outcome_name(VOICES)):
            self._media.fetch(job_key(job_id, name))
        return WorkFolder(self._media.path(job_key(job_id)))

    def _row(self, job_id: str) -> CallRow:
        with self._database.session() as session:
            row = session.scalar(select(CallRow).filter_by(job_id=job_id))
        if row is None:
            raise NotFoundError(_GONE)
        return row


def _sound_key(job_id: str) -> str:
    return job_key(job_id, SOUND_NAME)
