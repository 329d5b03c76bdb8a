"""What a job found, whatever its kind: stored whole, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert

from emotion_clf.pipeline.call_requests import CallAnalysis
from emotion_clf.storage.call_rows import call_values
from emotion_clf.storage.job_rows import sentence_values
from emotion_clf.storage.job_values import CallSummary, JobSummary
from emotion_clf.storage.tables import CallRow, SentenceRow

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from emotion_clf.pipeline.requests import SourceAnalysis

    Analysis = SourceAnalysis | CallAnalysis


def store_result(session: Session, job_id: str, analysis: Analysis) -> str:
    """Store a result in place of any earlier one; a line for people on what there is."""
    forget_result(session, job_id)
    if isinstance(analysis, CallAnalysis):
        session.execute(insert(CallRow), [call_values(job_id, analysis)])
        return f"{_judged(analysis):,} windows judged"
    if analysis.sentences:
        session.execute(insert(SentenceRow), [sentence_values(job_id, sentence) for sentence in analysis.sentences])
    return f"{len(analysis.sentences):,} sentences"


def forget_result(session: Session, job_id: str) -> None:
    """Delete the result there is."""
    session.execute(delete(SentenceRow).filter_by(job_id=job_id))
    session.execute(delete(CallRow).filter_by(job_id=job_id))


def summary_values(analysis: Analysis) -> dict[str, Any]:
    """The summary of a result, as its column holds it."""
    if isinstance(analysis, CallAnalysis):
        timeline = analysis.timeline
        return CallSummary(
            duration_s=timeline.duration_s,
            speakers=timeline.speakers,
            windows=_judged(analysis),
            model_name=timeline.model_name,
            model_version=timeline.model_version,
            notes=timeline.notes,
        ).as_dict()
    return JobSummary(
        language=analysis.language,
        engine=analysis.engine,
        engine_version=analysis.engine_version,
        model_name=analysis.model_name,
        model_version=analysis.model_version,
        duration_s=analysis.duration_s,
        notes=analysis.notes,
        sentences=len(analysis.sentences),
        emotions=analysis.emotions,
    ).as_dict()


def _judged(analysis: CallAnalysis) -> int:
    return sum(window.label is not None for window in analysis.timeline.windows)
