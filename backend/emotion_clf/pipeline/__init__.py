"""A request → its analysis, step by step."""

from emotion_clf.pipeline.clips import ClipAnalyser, ClipAnalysis, HeardClip

__all__ = ["ClipAnalyser", "ClipAnalysis", "HeardClip"]
