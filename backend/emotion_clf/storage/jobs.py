"""Jobs ↔ database and their folders, as the doors use them; the worker's side is in `leases`."""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, or_, select, update

from emotion_clf.errors import InvalidRequestError, JobStateError, NotFoundError, StorageError
from emotion_clf.pipeline.requests import (
    CALL,
    CLASSIFY,
    KINDS,
    SOURCES,
    TRANSCRIBE,
    ReadSentence,
    steps_of,
)
from emotion_clf.pipeline.work_folder import WorkFolder, is_given, outcome_name
from emotion_clf.storage.feedback import forget_feedback
from emotion_clf.storage.job_queries import GONE, changed, read_job, rows_changed
from emotion_clf.storage.job_rows import job_of, sentence_of
from emotion_clf.storage.job_values import ENDED, Job, JobState, JobSummary, Page, Step, StepState
from emotion_clf.storage.media import job_key, open_media
from emotion_clf.storage.new_jobs import as_if_new, new_row, new_steps, title_of, without_personal_data
from emotion_clf.storage.results import forget_result
from emotion_clf.storage.tables import JobRow, SentenceRow, StepRow
from emotion_clf.transcription.redaction import Redaction
from emotion_clf.transcription.transcript import Transcript

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.orm import Session

    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.settings import Settings
    from emotion_clf.storage.database import Database
    from emotion_clf.storage.job_values import Request
    from emotion_clf.storage.media import Media

__all__ = ["Job", "JobState", "JobStore", "JobSummary", "Page", "Step", "StepState", "open_jobs"]

LINK_OWNER: Final = "link"


class JobStore:
    """Keeps jobs, what they are to read, and what came of them."""

    def __init__(self, database: Database, media: Media, redaction: Redaction | None = None) -> None:
        self._database = database
        self._media = media
        self._redaction = redaction or Redaction()

    def create(
        self,
        request: Request,
        *,
        owner: str,
        upload: IO[bytes] | None = None,
        text: str | None = None,
        consent: str | None = None,
    ) -> Job:
        """Put a source or a call in the queue; `jobs.queue.enqueue` then tells the workers.

        Args:
            request: what is to be read, and how; nothing of it is judged here.
            owner: whose job it is.
            upload: the file, for a request of that kind or a call; its name is the request's source.
            text: the text, for a request of that kind.
            consent: version of the text that was agreed to, None where none was shown.

        Raises:
            InvalidRequestError: the request is of one kind and what is given of another.
            EngineMissingError: the engine that redacts is not installed.
            StorageError: the disk, the store or the database does not take it; then nothing is kept.
        """
        if (request.kind in {"file", CALL}) != (upload is not None) or (request.kind == "text") != (text is not None):
            raise InvalidRequestError("Give a file with a file, a text with a text, and neither with an address.")
        title = title_of(request := without_personal_data(request, self._redaction), text, self._redaction)
        job_id = secrets.token_hex(16)
        folder = self.folder(job_id)
        folder.make()
        try:
            media = folder.keep_upload(upload, request.suffix).name if upload is not None else None
            if text is not None:
                folder.keep_text(text)
            self.keep(job_id)
            with self._database.session() as session:
                row = new_row(job_id, request, owner, title, media=media, consent=consent)
                steps = new_steps(job_id, request)
                session.add(row)
                session.flush()
                session.add_all(steps)
        except BaseException:
            with suppress(StorageError):
                self.discard(job_id)
            raise
        return job_of(row, steps)

    def get(self, job_id: str, kinds: Collection[Kind] = tuple(KINDS)) -> Job:
        """One job, of one of these kinds.

        Raises:
            NotFoundError: there is none.
            StorageError: the database cannot be used.
        """
        with self._database.session() as session:
            job = read_job(session, job_id)
        if job.request.kind not in kinds:
            raise NotFoundError(GONE)
        return job

    def search(
        self,
        *,
        owner: str | None = None,
        kinds: Collection[Kind] = SOURCES,
        query: str = "",
        state: JobState | str | None = None,
        page: int = 1,
        per_page: int = 20,
    ) -> Page[Job]:
        """Jobs, newest first.

        Args:
            owner: whose; None: everybody's.
            kinds: only these; those with sentences where none are named.
            query: part of the title or the address, in any case.
            state: only those in this state; None: in any.
            page: which page, from 1; one that is not there is empty.
            per_page: how many on a page.
        """
        found = select(JobRow).where(JobRow.kind.in_(kinds))
        if owner is not None:
            found = found.where(JobRow.owner == owner)
        if state is not None:
            found = found.where(JobRow.state == str(state))
        if query.strip():
            words = query.strip()
            found = found.where(
                JobRow.title.icontains(words, autoescape=True) | JobRow.source.icontains(words, autoescape=True)
            )
        ordered = found.order_by(JobRow.created_at.desc(), JobRow.id)
        with self._database.session() as session:
            total, rows = _paged(session, ordered, page, per_page)
            steps: dict[str, list[StepRow]] = {row.id: [] for row in rows}
            for step in session.scalars(select(StepRow).where(StepRow.job_id.in_(steps))):
                steps[step.job_id].append(step)
        jobs = tuple(job_of(row, steps[row.id]) for row in rows)
        return Page(jobs, page, _pages(total, per_page), total)

    def sentences(
        self, job_id: str, *, query: str = "", emotion: str | None = None, page: int = 1, per_page: int | None = None
    ) -> Page[ReadSentence]:
        """Sentences of a job's result, in order; none where it has no result yet.

        Args:
            job_id: the job.
            query: part of the sentence or its translation, in any case.
            emotion: only those with this emotion.
            page: which page, from 1; one that is not there is empty.
            per_page: how many on a page; None: all.
        """
        wanted: list[ColumnElement[bool]] = [SentenceRow.job_id == job_id]
        if query.strip():
            columns = (SentenceRow.text, SentenceRow.translation)
            wanted.append(or_(*(column.icontains(query.strip(), autoescape=True) for column in columns)))
        if emotion is not None:
            wanted.append(SentenceRow.emotion == emotion)
        with self._database.session() as session:
            ordered = select(SentenceRow).where(*wanted).order_by(SentenceRow.position)
            total, rows = _paged(session, ordered, page, per_page)
        return Page(tuple(map(sentence_of, rows)), page, _pages(total, per_page), total)

    def media(self, job_id: str) -> Path:
        """The recording of a job, as it was fetched or given.

        Raises:
            NotFoundError: there is none, or none any more.
        """
        with self._database.session() as session:
            name = session.scalar(select(JobRow.media).filter_by(id=job_id))
        path = None if name is None else self._media.fetch(job_key(job_id, name))
        if path is None:
            raise NotFoundError("There is no recording with this job.")
        return path

    def given(self, job_id: str) -> list[Path]:
        """What was handed to a job, its upload or its text; empty where it lies there no more."""
        names = sorted(name for name in self._media.changed_at(job_key(job_id)) if is_given(name))
        found = (self._media.fetch(job_key(job_id, name)) for name in names)
        return [path for path in found if path is not None]

    def transcript(self, job_id: str) -> Transcript | None:
        """What was written down, words with their times included; None where nothing was yet, or is a text."""
        self._media.fetch(job_key(job_id, outcome_name(TRANSCRIBE)))
        outcome = self.folder(job_id).outcome(TRANSCRIBE)
        try:
            return Transcript.from_dict(outcome["transcript"])
        except (KeyError, TypeError):
            return None

    def cancel(self, job_id: str) -> Job:
        """Stop a job: at once where it waits, as soon as its worker notices where it runs.

        Raises:
            NotFoundError: there is none.
            JobStateError: it has ended.
        """
        now = datetime.now(UTC)
        with self._database.session() as session:
            asked = update(JobRow).where(JobRow.id == job_id, JobRow.state == JobState.RUNNING)
            running = rows_changed(session, asked.values(cancel_requested=True, **changed(now)))
            waiting = not running and rows_changed(
                session,
                update(JobRow)
                .where(JobRow.id == job_id, JobRow.state == JobState.QUEUED)
                .values(state=JobState.CANCELLED, cancel_requested=True, ended_at=now, **changed(now)),
            )
            if waiting:
                open_steps = StepRow.state.in_([StepState.WAITING, StepState.RUNNING])
                session.execute(
                    update(StepRow).where(StepRow.job_id == job_id, open_steps).values(state=StepState.CANCELLED)
                )
            job = read_job(session, job_id)
        if not running and not waiting:
            raise JobStateError("This job has ended, so there is nothing to stop.")
        return job

    def retry(self, job_id: str, from_step: str | None = None) -> Job:
        """Put a job that has ended in the queue again; `jobs.queue.enqueue` then tells the workers.

        What earlier steps left is used again; the result there was is gone.

        Args:
            job_id: the job.
            from_step: the first step to be done again, or an earlier one where its outcome is missing; None: the first
                that was not done, or all of them where the job succeeded.

        Raises:
            NotFoundError: there is none.
            JobStateError: it has not ended.
            InvalidRequestError: it has no such step.
        """
        before = self.get(job_id)
        first = self._first_step(before, from_step)
        names = steps_of(before.request.kind)
        # Only what was just read, so that a job put back by somebody else meanwhile is left alone.
        ended = (JobRow.state.in_(ENDED), JobRow.revision == before.revision)
        with self._database.session() as session:
            # The row stays locked until the files are in order too, so that no worker begins before.
            if not rows_changed(session, update(JobRow).where(JobRow.id == job_id, *ended).values(**as_if_new())):
                raise JobStateError("This job has not ended. Stop it first, or wait.")
            self._media.discard(*(job_key(job_id, outcome_name(name)) for name in names[names.index(first) :]))
            forget_result(session, job_id)
            session.execute(
                update(StepRow)
                .where(StepRow.job_id == job_id, StepRow.position >= names.index(first))
                .values(state=StepState.WAITING, progress=None, started_at=None, ended_at=None, message="")
            )
            return read_job(session, job_id)

    def delete(self, job_id: str) -> None:
        """Delete a job with all it has, what was said of it included; a worker that is at it stops and stores nothing.

        Raises:
            NotFoundError: there is none.
        """
        with self._database.session() as session:
            if not rows_changed(session, delete(JobRow).filter_by(id=job_id)):
                raise NotFoundError(GONE)
            forget_feedback(session, [job_id])
            # A job whose files cannot be deleted now is not deleted yet.
            self.discard(job_id)

    def folder(self, job_id: str) -> WorkFolder:
        """Where a job's files lie on this host; `bring` sees to it that they do."""
        return WorkFolder(self._media.path(job_key(job_id)))

    def bring(self, job_id: str) -> None:
        """Have all files of a job here as they are for all hosts.

        Raises:
            StorageError: the store cannot be reached, here as in the methods below.
        """
        self._media.bring(job_key(job_id))

    def keep(self, job_id: str) -> None:
        """Let all hosts have the files of a job as they are here."""
        self._media.keep(job_key(job_id))

    def discard(self, job_id: str) -> None:
        """Delete the files of a job."""
        self._media.discard_folder(job_key(job_id))

    def _first_step(self, job: Job, wanted: str | None) -> str:
        """The first step to be done again, no later than the first whose outcome is missing."""
        names = steps_of(job.request.kind)
        if wanted is not None and wanted not in names:
            raise InvalidRequestError(f"This job has no such step. Choose one of {', '.join(names)}.")
        if wanted is None and job.state is JobState.SUCCEEDED:
            return names[0]
        outcomes = {name: job_key(job.id, outcome_name(name)) for name in names}
        done = self._media.holding(set(outcomes.values()))
        missing = next((name for name in names if outcomes[name] not in done), CLASSIFY)
        return missing if wanted is None else min(wanted, missing, key=names.index)


def open_jobs(settings: Settings, database: Database) -> JobStore:
    """The job store under the settings in force."""
    return JobStore(database, open_media(settings), Redaction.of(settings))


def _paged(session: Session, ordered: Select[Any], page: int, per_page: int | None) -> tuple[int, list[Any]]:
    """How many there are, and those of one page."""
    total = session.scalar(select(func.count()).select_from(ordered.order_by(None).subquery())) or 0
    if per_page is not None:
        ordered = ordered.limit(per_page).offset((max(page, 1) - 1) * per_page)
    return total, list(session.scalars(ordered))


def _pages(total: int, per_page: int | None) -> int:
    return 1 if per_page is None else max(1, -(-total // per_page))
