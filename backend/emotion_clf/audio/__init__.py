"""Bytes → 16 kHz mono sound, checked: decode, voice activity, what a model hears, quality."""

from emotion_clf.audio.containers import READABLE, Container
from emotion_clf.audio.decode import Decoded, DecodeOptions, decode, decode_path, open_audio
from emotion_clf.audio.heard import Heard, hear
from emotion_clf.audio.quality import Quality, QualityWarning, assess
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ, Waveform

__all__ = [
    "READABLE",
    "SAMPLE_RATE_HZ",
    "Container",
    "DecodeOptions",
    "Decoded",
    "Heard",
    "Quality",
    "QualityWarning",
    "Waveform",
    "assess",
    "decode",
    "decode_path",
    "hear",
    "open_audio",
]
