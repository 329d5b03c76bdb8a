"""How much there is of somebody, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

from sqlalchemy import func, select

from emotion_clf.errors import NotFoundError
from emotion_clf.pipeline.requests import CALL
from emotion_clf.storage.access_tables import RepeatRow, WebhookRow
from emotion_clf.storage.job_values import ENDED
from emotion_clf.storage.repeats import KEPT
from emotion_clf.storage.tables import AnalysisRow, FeedbackRow, JobRow, ShareRow

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.orm import Session

    from emotion_clf.settings import Settings
    from emotion_clf.storage import CallStore, Database

HoldingKind = Literal[
    "clips", "recordings", "voices", "calls", "call_sounds", "sources", "links", "feedback", "webhooks", "answers"
]

KINDS: Final[tuple[HoldingKind, ...]] = (
    "clips",
    "recordings",
    "voices",
    "calls",
    "call_sounds",
    "sources",
    "links",
    "feedback",
    "webhooks",
    "answers",
)


@dataclass(frozen=True, slots=True)
class Holding:
    """Things of one kind.

    Attributes:
        kind: one of `KINDS`.
        count: how many there are.
        gone_by: when the last of them is deleted by itself, in UTC; None where none is, or that is not known yet.
    """

    kind: HoldingKind
    count: int
    gone_by: datetime | None

    def as_dict(self) -> dict[str, Any]:
        """The holding for programs."""
        gone_by = None if self.gone_by is None else self.gone_by.isoformat(timespec="seconds")
        return {"kind": self.kind, "count": self.count, "gone_by": gone_by}


def count(database: Database, settings: Settings, calls: CallStore, owners: Collection[str]) -> tuple[Holding, ...]:
    """How much there is of each kind, in the order of `KINDS`."""
    with database.session() as session:
        counter = _Counter(session, settings, owners)
        found = [*counter.clips(), *counter.jobs(), *counter.rest()]
    found.append(_sounds(database, settings, calls, owners))
    return tuple(sorted(found, key=lambda holding: KINDS.index(holding.kind)))


@dataclass(frozen=True, slots=True)
class _Counter:
    """Counts the rows of some owners."""

    session: Session
    settings: Settings
    owners: Collection[str]

    def clips(self) -> list[Holding]:
        mine = AnalysisRow.owner.in_(self.owners)
        answers = select(func.count(), func.max(AnalysisRow.created_at)).where(mine)
        recordings = select(func.count(), func.max(AnalysisRow.recording_expires_at)).where(
            mine, AnalysisRow.recording_expires_at > datetime.now(UTC)
        )
        for_ever = not self.settings.result_retention_days
        lasts = None if for_ever else timedelta(days=self.settings.result_retention_days)
        return [
            self._holding("clips", answers, lasts),
            self._holding("voices", answers.where(AnalysisRow.embedding.is_not(None)), lasts),
            self._holding("recordings", recordings, timedelta()),
        ]

    def jobs(self) -> list[Holding]:
        mine = JobRow.owner.in_(self.owners)
        days = self.settings.job_retention_days
        found: list[Holding] = []
        for kind, wanted in (("calls", JobRow.kind == CALL), ("sources", JobRow.kind != CALL)):
            unfinished = select(func.count()).select_from(JobRow).where(mine, wanted, JobRow.state.not_in(ENDED))
            # Nobody knows when one ends that has not.
            known = days and not self.session.scalar(unfinished)
            ended = select(func.count(), func.max(JobRow.ended_at)).where(mine, wanted)
            found.append(self._holding(kind, ended, timedelta(days=days) if known else None))
        return found

    def rest(self) -> list[Holding]:
        jobs = select(JobRow.id).where(JobRow.owner.in_(self.owners))
        links = select(func.count(), func.max(ShareRow.expires_at)).where(ShareRow.job_id.in_(jobs))
        webhooks = select(func.count(), func.max(WebhookRow.due_at)).where(WebhookRow.job_id.in_(jobs))
        said = select(func.count(), func.max(FeedbackRow.created_at)).where(FeedbackRow.owner.in_(self.owners))
        answers = select(func.count(), func.max(RepeatRow.created_at)).where(RepeatRow.owner.in_(self.owners))
        return [
            self._holding("links", links, timedelta()),
            self._holding("webhooks", webhooks, None),
            self._holding("feedback", said, None),
            self._holding("answers", answers, KEPT),
        ]

    def _holding(self, kind: Any, counted: Any, lasts: timedelta | None) -> Holding:
        """Things of which the newest is so old; each lasts for so long from then on."""
        number, newest = self.session.execute(counted).one()
        return Holding(kind, number, None if lasts is None or newest is None else newest + lasts)


def _sounds(database: Database, settings: Settings, calls: CallStore, owners: Collection[str]) -> Holding:
    """The calls whose sound is there; that is known of the files alone."""
    with database.session() as session:
        mine = select(JobRow.id, JobRow.ended_at).where(JobRow.owner.in_(owners), JobRow.kind == CALL)
        found = [(job_id, ended_at) for job_id, ended_at in session.execute(mine) if _has_sound(calls, job_id)]
    ends = [ended_at for _, ended_at in found if ended_at is not None]
    hours = settings.call_recording_h
    known = hours and ends and len(ends) == len(found)
    return Holding("call_sounds", len(found), max(ends) + timedelta(hours=hours) if known else None)


def _has_sound(calls: CallStore, job_id: str) -> bool:
    try:
        return calls.sound(job_id).is_file()
    except NotFoundError:
        return False
