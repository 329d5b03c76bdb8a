"""A job, its steps and its sentences ↔ their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from emotion_clf.pipeline.call_requests import CallOptions, CallRequest
from emotion_clf.pipeline.requests import CALL, ReadSentence, SourceOptions, SourceRequest
from emotion_clf.storage.job_values import CallSummary, Job, JobState, JobSummary, Step, StepState
from emotion_clf.text import EMOTIONS, TextEmotion

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.storage.job_values import Request
    from emotion_clf.storage.tables import JobRow, SentenceRow, StepRow
    from emotion_clf.text import Intensity


def job_of(row: JobRow, steps: Iterable[StepRow]) -> Job:
    """The job of its rows."""
    return Job(
        id=row.id,
        owner=row.owner,
        request=_request(row),
        title=row.title,
        state=JobState(row.state),
        created_at=row.created_at,
        updated_at=row.updated_at,
        ended_at=row.ended_at,
        steps=tuple(map(_step, sorted(steps, key=lambda step: step.position))),
        error_code=row.error_code,
        error_message=row.error_message,
        attempt=row.attempt,
        cancel_requested=row.cancel_requested,
        revision=row.revision,
        has_media=row.media is not None,
        summary=None if row.summary is None else _summary(row),
        consent=row.consent,
    )


def sentence_values(job_id: str, sentence: ReadSentence) -> dict[str, Any]:
    """The columns of a sentence."""
    emotion = sentence.emotion
    return {
        "job_id": job_id,
        "position": sentence.position,
        "text": sentence.text,
        "translation": sentence.translation,
        "start_s": sentence.start_s,
        "end_s": sentence.end_s,
        "speaker": sentence.speaker,
        "emotion": emotion.emotion,
        "confidence": emotion.confidence,
        "uncertain": emotion.uncertain,
        "sub_emotion": emotion.sub_emotion,
        "intensity": emotion.intensity,
        "probabilities": emotion.probabilities,
        "sub_emotions": emotion.sub_emotions,
    }


def sentence_of(row: SentenceRow) -> ReadSentence:
    """The sentence of a row."""
    emotion = TextEmotion(
        text=row.translation or row.text,
        emotion=row.emotion,
        confidence=row.confidence,
        probabilities=_ranked(row.probabilities),
        uncertain=row.uncertain,
        sub_emotion=row.sub_emotion,
        sub_emotions=_ranked(row.sub_emotions),
        intensity=cast("Intensity | None", row.intensity),
    )
    return ReadSentence(row.position, row.text, row.start_s, row.end_s, row.speaker, emotion, row.translation)


def _ranked(values: dict[str, float]) -> dict[str, float]:
    """Highest first, whatever order the database gave."""
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def _request(row: JobRow) -> Request:
    if row.kind == CALL:
        return CallRequest(row.source, CallOptions(**row.options))
    return SourceRequest(cast("Kind", row.kind), row.source, SourceOptions(**row.options))


def _summary(row: JobRow) -> JobSummary | CallSummary:
    fields = row.summary or {}
    if row.kind == CALL:
        return CallSummary(**{**fields, "speakers": tuple(fields["speakers"]), "notes": tuple(fields["notes"])})
    emotions = {emotion: fields["emotions"].get(emotion, 0) for emotion in EMOTIONS}
    return JobSummary(**{**fields, "notes": tuple(fields["notes"]), "emotions": emotions})


def _step(row: StepRow) -> Step:
    return Step(row.name, StepState(row.state), row.progress, row.started_at, row.ended_at, row.message)
