"""A little corpus on disk, and embedders with a weakness, which worker processes can import."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import soundfile
import torch

from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, speak

if TYPE_CHECKING:
    from pathlib import Path

    from emotion_clf.audio import Waveform

EMOTIONS = ("neutral", "sad", "angry")
LENGTHS_S = (0.6, 0.7, 0.6, 0.8)


def write_speech(folder: Path, speakers: int = 2) -> Path:
    """Clips of which some are equally long; the first half are of one corpus, the others of another."""
    (folder / "sound").mkdir(parents=True)
    rows = []
    for speaker in range(speakers):
        corpus = "first" if speaker < speakers / 2 else "second"
        for emotion in EMOTIONS:
            name = f"sound/{speaker}-{emotion}.wav"
            seconds = LENGTHS_S[(speaker + len(emotion)) % len(LENGTHS_S)]
            soundfile.write(folder / name, speak(emotion, 100 + 15 * speaker, speaker, seconds), SAMPLE_RATE_HZ)
            rows.append((name, corpus, f"s{speaker}", emotion))
    with (folder / "manifest.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "corpus", "speaker", "emotion"), *rows])
    return folder


class Statistics:
    """Three statistics of a sound; the batch size shows in the last one, as it does in a network's last bits."""

    dim = 3

    def __init__(self, fits: int, shortage: type[Exception], quiet: bool) -> None:
        self._fits = fits
        self._shortage = shortage
        self._quiet = quiet

    def embed(self, waveform: Waveform) -> np.ndarray:
        return self.embed_batch(waveform.samples[None])[0]

    def embed_batch(self, batch: np.ndarray) -> np.ndarray:
        if len(batch) > self._fits:
            raise self._shortage("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1 bytes.")
        rows = np.stack([batch.mean(axis=1), batch.std(axis=1), np.full(len(batch), len(batch))], axis=1)
        if self._quiet:
            rows[batch.std(axis=1) == 0] = np.nan
        return rows.astype(np.float32)


@dataclass(frozen=True)
class StatisticsSource:
    """Of an embedder that holds only so many clips at a time."""

    fits: int = 1_000
    shortage: str = "torch"
    name: str = "statistics"
    quiet: bool = False

    def identity(self) -> dict[str, Any]:
        return {"name": self.name}

    def load(self) -> Statistics:
        kinds = {"torch": torch.OutOfMemoryError, "python": MemoryError, "allocator": RuntimeError, "other": KeyError}
        return Statistics(self.fits, kinds[self.shortage], self.quiet)
