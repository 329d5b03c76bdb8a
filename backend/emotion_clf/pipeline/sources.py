"""An address, a file or a text → its sentences with their emotions, step by step."""

from __future__ import annotations

from emotion_clf.pipeline.requests import (
    STEPS,
    ReadSentence,
    SourceAnalysis,
    SourceOptions,
    SourceRequest,
    steps_of,
)

__all__ = ["STEPS", "ReadSentence", "SourceAnalysis", "SourceOptions", "SourceRequest", "steps_of"]
