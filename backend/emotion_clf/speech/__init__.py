"""Sound → emotion, by bundles that prove what they are."""

from emotion_clf.speech.manifest import Manifest
from emotion_clf.speech.model import EmotionPrediction, SpeechModel
from emotion_clf.speech.registry import ModelRegistry
from emotion_clf.speech.voice import Voice

__all__ = ["EmotionPrediction", "Manifest", "ModelRegistry", "SpeechModel", "Voice"]
