"""What the steps found, for the figures: which emotions, how sure, of how much sound."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emotion_clf import monitoring
from emotion_clf.pipeline.call_requests import CallAnalysis

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotion_clf.pipeline.clips import ClipAnalysis
    from emotion_clf.pipeline.requests import SourceAnalysis
    from emotion_clf.speech import EmotionPrediction
    from emotion_clf.text import TextEmotion

CLIP: Final = "clip"
LIVE: Final = "live"


def note_clip(analysis: ClipAnalysis) -> None:
    """Note the answer for a clip."""
    found = analysis.prediction
    monitoring.sound_analysed(CLIP, analysis.duration_s)
    monitoring.answered(CLIP, found.model_name, [(found.label, found.confidence, found.uncertain)])


def note_window(found: EmotionPrediction) -> None:
    """Note the answer for the last seconds of somebody who is still speaking."""
    monitoring.answered(LIVE, found.model_name, [(found.label, found.confidence, found.uncertain)])


def note_sentences(kind: str, model: str, sentences: Iterable[TextEmotion]) -> None:
    """Note the answers for the sentences of a text or a job."""
    answers = ((sentence.emotion, sentence.confidence, sentence.uncertain) for sentence in sentences)
    monitoring.answered(kind, model, answers)


def note_job(kind: str, analysis: SourceAnalysis | CallAnalysis) -> None:
    """Note the result of a job."""
    if isinstance(analysis, CallAnalysis):
        timeline = analysis.timeline
        monitoring.sound_analysed(kind, timeline.duration_s)
        windows = [window for window in timeline.windows if window.label is not None]
        answers = ((str(window.label), window.confidence or 0.0, window.uncertain) for window in windows)
        monitoring.answered(kind, timeline.model_name, answers)
        return
    monitoring.sound_analysed(kind, analysis.duration_s or 0.0)
    note_sentences(kind, analysis.model_name, (sentence.emotion for sentence in analysis.sentences))
