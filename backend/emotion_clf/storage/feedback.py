"""What people say of answers: kept apart from them, and gone with what they are about."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal, cast

from sqlalchemy import delete, func, select, update

from emotion_clf.storage.job_values import Page
from emotion_clf.storage.tables import FeedbackRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.orm import Session

    from emotion_clf.storage.database import Database

About = Literal["clip", "call"]

_MILLISECONDS: Final = 3  # two ways to write one moment must not become two answers


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer that is spoken of.

    Attributes:
        about: a clip, or a window of a call.
        subject_id: id of the analysis or of the call's job.
        start_s: where it begins in the recording, in seconds.
        end_s: where it ends.
        speaker: whose voice it is in a call; empty for a clip.
        label: the emotion that was answered.
        confidence: its probability.
        model_name: the bundle that answered.
        model_version: its version.
    """

    about: About
    subject_id: str
    start_s: float
    end_s: float
    speaker: str
    label: str
    confidence: float
    model_name: str
    model_version: str


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody says of one answer.

    Attributes:
        id: 128 random bits in hexadecimal.
        owner: whose recording it is, and who says so.
        created_at: when it was said last, in UTC.
        judged: the answer.
        right: whether it was right.
        correction: what it should have been; None where it was right, or nobody knows.
    """

    id: str
    owner: str
    created_at: datetime
    judged: Judged
    right: bool
    correction: str | None

    @property
    def label(self) -> str | None:
        """The emotion that was confirmed or corrected to; None where it is not known."""
        return self.judged.label if self.right else self.correction

    def as_dict(self) -> dict[str, Any]:
        """What was said, for the one who said it."""
        return {
            "right": self.right,
            "correction": self.correction,
            "predicted": self.judged.label,
            "created_at": self.created_at.isoformat(timespec="seconds"),
        }


@dataclass(frozen=True, slots=True)
class FeedbackCounts:
    """How often answers were called right.

    Attributes:
        total: answers spoken of.
        right: those that were right.
        corrected: those that were wrong and for which a better one is known.
    """

    total: int
    right: int
    corrected: int

    @property
    def agreement(self) -> float | None:
        """Share of answers called right, in [0, 1]; None where nobody has said anything."""
        return self.right / self.total if self.total else None


class FeedbackStore:
    """Keeps one word of each owner on each answer: the last one."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def give(self, judged: Judged, *, owner: str, right: bool, correction: str | None = None) -> Feedback:
        """Store what an owner says of an answer, in place of what they said before.

        Raises:
            StorageError: the database does not take it.
        """
        given = Feedback(secrets.token_hex(16), owner, datetime.now(UTC), judged, right, correction)
        values = _values(given)
        said = {name: value for name, value in values.items() if name != "id"}
        here = _here(owner, judged.subject_id, judged.speaker, judged.start_s)
        with self._database.session() as session:
            known = session.scalar(update(FeedbackRow).where(*here).values(**said).returning(FeedbackRow.id))
            if known is None:
                session.add(FeedbackRow(**values))
        return given if known is None else _feedback(FeedbackRow(**{**values, "id": known}))

    def find(self, subject_id: str, *, owner: str | None, speaker: str = "", start_s: float = 0.0) -> Feedback | None:
        """What an owner said of one answer, None where nothing."""
        if owner is None:
            return None
        with self._database.session() as session:
            row = session.scalar(select(FeedbackRow).where(*_here(owner, subject_id, speaker, start_s)))
        return None if row is None else _feedback(row)

    def of_subject(self, subject_id: str, *, owner: str | None) -> list[Feedback]:
        """All that an owner said of one clip or call, in the order of the recording."""
        ordered = select(FeedbackRow).filter_by(subject_id=subject_id, owner=owner).order_by(FeedbackRow.start_s)
        with self._database.session() as session:
            return [_feedback(row) for row in session.scalars(ordered)]

    def withdraw(self, subject_id: str, *, owner: str | None, speaker: str = "", start_s: float = 0.0) -> bool:
        """Forget what an owner said of one answer; whether there was anything."""
        if owner is None:
            return False
        gone = delete(FeedbackRow).where(*_here(owner, subject_id, speaker, start_s)).returning(FeedbackRow.id)
        with self._database.session() as session:
            return session.scalar(gone) is not None

    def counts(self) -> FeedbackCounts:
        """Everybody's feedback, counted."""
        corrected = FeedbackRow.correction.is_not(None)
        with self._database.session() as session:
            total = session.scalar(select(func.count()).select_from(FeedbackRow))
            right = session.scalar(select(func.count()).where(FeedbackRow.right))
            known = session.scalar(select(func.count()).where(corrected))
        return FeedbackCounts(total or 0, right or 0, known or 0)

    def search(self, *, page: int = 1, per_page: int | None = None) -> Page[Feedback]:
        """Everybody's feedback, newest first.

        Args:
            page: which page, from 1; one that is not there is empty.
            per_page: how many on a page; None: all.
        """
        ordered = select(FeedbackRow).order_by(FeedbackRow.created_at.desc(), FeedbackRow.id)
        with self._database.session() as session:
            total = session.scalar(select(func.count()).select_from(FeedbackRow)) or 0
            shown = ordered if per_page is None else ordered.limit(per_page).offset((max(page, 1) - 1) * per_page)
            rows = tuple(_feedback(row) for row in session.scalars(shown))
        return Page(rows, page, max(1, -(-total // per_page)) if per_page else 1, total)


def forget_feedback(session: Session, subject_ids: Sequence[str]) -> None:
    """Delete what was said of clips or calls that are being deleted."""
    session.execute(delete(FeedbackRow).where(FeedbackRow.subject_id.in_(subject_ids)))


def _here(owner: str, subject_id: str, speaker: str, start_s: float) -> tuple[ColumnElement[bool], ...]:
    return (
        FeedbackRow.owner == owner,
        FeedbackRow.subject_id == subject_id,
        FeedbackRow.speaker == speaker,
        FeedbackRow.start_s == round(start_s, _MILLISECONDS),
    )


def _values(feedback: Feedback) -> dict[str, Any]:
    judged = feedback.judged
    return {
        "id": feedback.id,
        "owner": feedback.owner,
        "created_at": feedback.created_at,
        "about": judged.about,
        "subject_id": judged.subject_id,
        "start_s": round(judged.start_s, _MILLISECONDS),
        "end_s": round(judged.end_s, _MILLISECONDS),
        "speaker": judged.speaker,
        "label": judged.label,
        "confidence": judged.confidence,
        "right": feedback.right,
        "correction": feedback.correction,
        "model_name": judged.model_name,
        "model_version": judged.model_version,
    }


def _feedback(row: FeedbackRow) -> Feedback:
    judged = Judged(
        about=cast("About", row.about),
        subject_id=row.subject_id,
        start_s=row.start_s,
        end_s=row.end_s,
        speaker=row.speaker,
        label=row.label,
        confidence=row.confidence,
        model_name=row.model_name,
        model_version=row.model_version,
    )
    return Feedback(row.id, row.owner, row.created_at, judged, row.right, row.correction)
