"""Synthetic speakers: a buzz with the pitch range and the syllable rate of an emotion."""

from __future__ import annotations

import numpy as np

SAMPLE_RATE_HZ = 16_000
# Each emotion has a pitch range and a rate of syllables of its own, each speaker a voice.
STYLES = {
    "neutral": (0.0, 3.0),
    "calm": (0.0, 1.5),
    "happy": (0.9, 3.0),
    "sad": (0.3, 1.5),
    "angry": (0.9, 9.0),
    "fearful": (0.3, 9.0),
    "disgust": (0.9, 1.5),
    "surprised": (0.6, 5.0),
}


def speak(emotion: str, pitch_hz: float, take: int, seconds: float = 0.8) -> np.ndarray:
    spread, rate_hz = STYLES[emotion]
    time_s = np.arange(int(seconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    glide = pitch_hz * (1 + 0.3 * spread + 0.3 * spread * np.sin(2 * np.pi * rate_hz * time_s + take))
    phase = 2 * np.pi * np.cumsum(glide) / SAMPLE_RATE_HZ
    voice = sum(np.sin(k * phase) / k for k in range(1, 12))
    loudness = 0.55 + 0.45 * np.sin(2 * np.pi * rate_hz * time_s)
    noise = np.random.default_rng(take).standard_normal(len(time_s))
    return (0.2 * voice * loudness + 0.003 * noise).astype(np.float32)
