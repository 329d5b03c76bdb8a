"""How a job looks: its state in words, its steps, its title; for pages, for events and for programs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from flask import url_for

from emotion_clf.pipeline.requests import CALL
from emotion_clf.web.forms import LANGUAGES
from emotion_clf.web.presentation import EmotionLook

if TYPE_CHECKING:
    from emotion_clf.storage import Job, Step

STATES: Final = {
    "queued": EmotionLook("waiting", "hourglass-split"),
    "running": EmotionLook("at work", "arrow-repeat"),
    "succeeded": EmotionLook("done", "check-circle"),
    "failed": EmotionLook("failed", "exclamation-triangle"),
    "cancelled": EmotionLook("cancelled", "x-circle"),
}
STEP_WORDS: Final = {
    "fetch": ("Fetch", "Get the sound or the captions from the address"),
    "decode": ("Decode", "Read the file"),
    "transcribe": ("Transcribe", "Write down what is said"),
    "classify": ("Classify", "Find the emotion of each sentence"),
}
CALL_STEP_WORDS: Final = {
    "decode": ("Decode", "Read the recording, draw its waveform"),
    "voices": ("Tell voices apart", "Find who speaks when"),
    "embed": ("Listen", "Hear every few seconds of every voice"),
    "classify": ("Judge", "Find the emotions in the voice of the customer"),
}
STEP_STATES: Final = {
    "waiting": "waiting",
    "running": "at work",
    "done": "done",
    "failed": "failed",
    "skipped": "not needed",
    "cancelled": "cancelled",
}
KIND_ICONS: Final = {"url": "link-45deg", "file": "file-earmark-music", "text": "card-text"}
_TITLE_LENGTH: Final = 90


def step_words(job: Job, step: str) -> tuple[str, str]:
    """What a step is called, and what it does."""
    return (CALL_STEP_WORDS if job.request.kind == CALL else STEP_WORDS)[step]


def page_of(job: Job) -> str:
    """The address of a job's page."""
    return url_for("call.show" if job.request.kind == CALL else "job.show", job_id=job.id)


def language_word(code: str) -> str:
    """A language in English; one we have no word for stays as it is written."""
    return LANGUAGES.get(code.lower().split("-")[0], code)


def title_of(job: Job) -> str:
    """What a list calls the job."""
    title = job.title or job.request.source or "Text"
    return title if len(title) <= _TITLE_LENGTH else f"{title[: _TITLE_LENGTH - 1]}…"


def seconds_of(step: Step) -> float | None:
    """How long a step took, or has taken so far; None for one that has not begun."""
    if step.started_at is None:
        return None
    spent = (step.ended_at or datetime.now(UTC)) - step.started_at
    return round(max(0.0, spent.total_seconds()), 1)


def as_dict(job: Job) -> dict[str, Any]:
    """The job for programs and for the page's script; `revision` grows with every change."""
    told = job.as_dict()
    return {
        **told,
        "state_word": STATES[job.state].word,
        "ended": job.state.ended,
        "steps": [
            {**step, "state_word": STEP_STATES[known.state], "seconds": seconds_of(known)}
            for step, known in zip(told["steps"], job.steps, strict=True)
        ],
        "page": page_of(job),
    }
