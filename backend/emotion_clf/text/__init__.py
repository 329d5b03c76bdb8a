"""Sentences → emotion, sub-emotion and intensity, by bundles that prove what they are."""

from emotion_clf.text.emotion import Cue, TextEmotion
from emotion_clf.text.taxonomy import EMOTIONS, INTENSITIES, SUB_EMOTIONS, Intensity, emotion_of

__all__ = ["EMOTIONS", "INTENSITIES", "SUB_EMOTIONS", "Cue", "Intensity", "TextEmotion", "emotion_of"]
