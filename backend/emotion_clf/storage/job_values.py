"""A job as the doors see it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from datetime import datetime

    from emotion_clf.pipeline.call_requests import CallRequest
    from emotion_clf.pipeline.requests import SourceRequest

    Request = SourceRequest | CallRequest

T = TypeVar("T")


class JobState(StrEnum):
    """Where a job is in its life."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in ENDED


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class StepState(StrEnum):
    """Where a step is in its life."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a job.

    Attributes:
        name: one of `pipeline.STEPS`.
        state: where it is.
        progress: share of its work that is done, in [0, 1]; None where nobody can tell.
        started_at: when it was begun last, in UTC.
        ended_at: when it ended.
        message: one line for people on what it does or did.
    """

    name: str
    state: StepState
    progress: float | None
    started_at: datetime | None
    ended_at: datetime | None
    message: str

    @property
    def duration_s(self) -> float | None:
        """How long it took, in seconds; None where it has not ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A result at a glance.

    Attributes:
        language: ISO 639-1 code; None where it is not known.
        engine: what wrote down the speech; None for a text.
        engine_version: the version of that engine.
        model_name: the text bundle.
        model_version: its version.
        duration_s: length of the recording in seconds; None for a text, or where nobody tells.
        notes: sentences for people on how far to trust it.
        sentences: how many there are.
        emotions: how many sentences carry each emotion, in the order of `EMOTIONS`.
    """

    language: str | None
    engine: str | None
    engine_version: str | None
    model_name: str
    model_version: str
    duration_s: float | None
    notes: tuple[str, ...]
    sentences: int
    emotions: dict[str, int]

    def as_dict(self) -> dict[str, Any]:
        """The summary for JSON."""
        return {**asdict(self), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class CallSummary:
    """A call's result at a glance.

    Attributes:
        duration_s: length of the recording in seconds.
        speakers: their names.
        windows: how many windows were judged.
        model_name: the speech bundle.
        model_version: its version.
        notes: sentences for people on how far to trust it.
    """

    duration_s: float
    speakers: tuple[str, ...]
    windows: int
    model_name: str
    model_version: str
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """The summary for JSON."""
        return {**asdict(self), "speakers": list(self.speakers), "notes": list(self.notes)}


@dataclass(frozen=True, slots=True)
class Job:
    """A source or a call that somebody gave us.

    Attributes:
        id: 128 random bits in hexadecimal.
        owner: whose it is: `admin:<id>`, a visitor's id, or `link` for whoever knows the id.
        request: what is to be read, and how.
        title: what the page or the user calls it; data, never markup.
        state: where it is.
        created_at: when it was asked for, in UTC.
        updated_at: when anything about it changed last.
        ended_at: when it ended, None before.
        steps: in order.
        error_code: the code of the error it failed with, None where it did not.
        error_message: the sentence of that error.
        attempt: how many times it was begun since it was asked for, or asked for again.
        cancel_requested: whether somebody asked to stop it.
        revision: grows with every change.
        has_media: whether there is a recording to play.
        summary: of the result, None where there is none.
        consent: version of the text that was agreed to, where a page showed one.
    """

    id: str
    owner: str
    request: Request
    title: str
    state: JobState
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None
    steps: tuple[Step, ...]
    error_code: str | None
    error_message: str | None
    attempt: int
    cancel_requested: bool
    revision: int
    has_media: bool
    summary: JobSummary | CallSummary | None
    consent: str | None = None

    @property
    def reading(self) -> JobSummary | None:
        """The summary of sentences; None where there are none, or it is a call."""
        return self.summary if isinstance(self.summary, JobSummary) else None

    def as_dict(self) -> dict[str, Any]:
        """The job for programs, without its sentences and its owner."""
        summary = self.summary
        return {
            "id": self.id,
            "kind": self.request.kind,
            "source": self.request.source,
            "options": self.request.options.as_dict(),
            "title": self.title,
            "state": str(self.state),
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
            "ended_at": None if self.ended_at is None else self.ended_at.isoformat(),
            "revision": self.revision,
            "attempt": self.attempt,
            "cancel_requested": self.cancel_requested,
            "error": None if self.error_code is None else {"code": self.error_code, "message": self.error_message},
            "steps": [_step(step) for step in self.steps],
            "summary": None if summary is None else summary.as_dict(),
            "consent": self.consent,
        }


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of many things.

    Attributes:
        items: those of this page.
        page: its number, from 1.
        pages: how many pages there are, at least 1.
        total: how many things there are on all pages.
    """

    items: tuple[T, ...]
    page: int
    pages: int
    total: int


def _step(step: Step) -> dict[str, Any]:
    return {
        "name": step.name,
        "state": str(step.state),
        "progress": step.progress,
        "started_at": None if step.started_at is None else step.started_at.isoformat(),
        "ended_at": None if step.ended_at is None else step.ended_at.isoformat(),
        "message": step.message,
    }
