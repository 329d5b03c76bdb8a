"""Talk for tests of transcription, and what no one says anything in."""

from __future__ import annotations

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, decode_path
from tests.support.sound import REPOSITORY, SAMPLES

# Said by espeak-ng (-v de -s 140): "Guten Tag. Ich bin sehr froh, dass Sie mir geholfen haben. Das Paket ist leider
# noch nicht angekommen."
GERMAN_TALK = REPOSITORY / "tests" / "data" / "german.flac"


def talk() -> Waveform:
    """The first two seconds of three clips, with a second of silence after each."""
    clips = [decode_path(SAMPLES / f"{name}.flac").waveform.samples[:32_000] for name in ("even", "low", "raised")]
    pause = np.zeros(SAMPLE_RATE_HZ, dtype=np.float32)
    return Waveform(np.concatenate([part for clip in clips for part in (clip, pause)]))


def wordless(kind: str, duration_s: float = 12.0) -> Waveform:
    """Silence, a tone, noise, a tune, or a whistle that the voice activity network takes for a voice."""
    rng = np.random.default_rng(0)
    count = round(duration_s * SAMPLE_RATE_HZ)
    time_s = np.arange(count) / SAMPLE_RATE_HZ
    sounds = {
        "silence": lambda: np.zeros(count),
        "tone": lambda: 0.3 * np.sin(2 * np.pi * 440 * time_s),
        "noise": lambda: 0.1 * rng.normal(size=count),
        "tune": lambda: _tune(rng, count),
        "whistle": lambda: 0.3 * np.sin(2 * np.pi * (200 + 100 * np.sin(2 * np.pi * 3 * time_s)) * time_s),
    }
    return Waveform(sounds[kind]().astype(np.float32))


def _tune(rng: np.random.Generator, count: int) -> np.ndarray:
    """Plucked notes, four a second, over a drone."""
    note_s = np.arange(round(0.6 * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    sound = 0.05 * np.sin(2 * np.pi * 110 * np.arange(count) / SAMPLE_RATE_HZ)
    for start in range(0, count - len(note_s), SAMPLE_RATE_HZ // 4):
        pitch_hz = 220 * 2 ** (rng.integers(0, 24) / 12)
        partials = sum(np.sin(2 * np.pi * pitch_hz * part * note_s) / part for part in range(1, 5))
        sound[start : start + len(note_s)] += 0.2 * np.exp(-4 * note_s) * partials
    return sound
