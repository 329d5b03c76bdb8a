"""Calls for tests: voices in turn, each in a channel of its own or all in one."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, decode_path
from emotion_clf.audio.stream import open_stream
from tests.support.sound import SAMPLES

ESPEAK = shutil.which("espeak-ng")


def sample(name: str) -> np.ndarray:
    """One of the product's samples at 16 kHz, mono."""
    return decode_path(SAMPLES / f"{name}.flac").waveform.samples


def spoken(text: str, voice: str = "en", words_a_minute: int = 150) -> np.ndarray:
    """A sentence read by espeak-ng, at 16 kHz; the caller skips where there is no espeak-ng."""
    assert ESPEAK is not None
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "said.wav"
        subprocess.run([ESPEAK, "-v", voice, "-s", str(words_a_minute), "-w", str(path), text], check=True)
        return decode_path(path, DecodeOptions(max_s=60)).waveform.samples


def dialogue(*said: np.ndarray, pause_s: float = 0.6) -> np.ndarray:
    """Stereo sound of shape (n, 2) in which the left and the right channel speak in turn, the left one first."""
    pause = np.zeros(round(pause_s * SAMPLE_RATE_HZ), dtype=np.float32)
    columns: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    for number, samples in enumerate(said):
        columns[number % 2].extend([samples, pause])
        columns[1 - number % 2].extend([np.zeros_like(samples), pause])
    quiet = np.random.default_rng(3).normal(0, 1e-4, (sum(map(len, columns[0])), 2))
    return (np.stack([np.concatenate(column) for column in columns], axis=1) + quiet).astype(np.float32)


def small_call(turns: int = 6) -> np.ndarray:
    """A call of about three seconds a turn, shape (n, 2): a low voice on the left, a raised one on the right."""
    return dialogue(*(sample(("low", "raised")[number % 2]) for number in range(turns)))


def recorded_call() -> np.ndarray:
    """The product's sample call at 16 kHz, of shape (n, 2): the agent on the left, the customer on the right."""
    with (SAMPLES / "call.ogg").open("rb") as source, open_stream(source, DecodeOptions(max_s=600)) as stream:
        return np.concatenate(list(stream.blocks()))
