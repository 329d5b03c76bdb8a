"""Synthetic speakers as clips and sounds in memory: nothing is written, nothing is decoded."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ml_models.data.corpora import Clip
from ml_models.data.sounds import FULL_SCALE, RaggedArray, Sounds
from tests.unit.ml_models.voices import STYLES, speak

SPEAKERS = 4
TAKES = 2


def cast(
    corpora: tuple[str, ...] = ("ravdess",), speakers: int = SPEAKERS, seconds: float = 0.8
) -> tuple[tuple[Clip, ...], Sounds]:
    """Every speaker of every corpus says every emotion in two takes."""
    clips, waveforms = [], []
    for corpus in corpora:
        for speaker in range(speakers):
            for emotion in STYLES:
                for take in range(TAKES):
                    name, sex = f"{corpus}:{speaker}", "FM"[speaker % 2]
                    clips.append(Clip(Path(f"{name}-{emotion}-{take}.wav"), corpus, name, sex, "en", emotion))
                    waveforms.append(speak(emotion, 100 + 25 * speaker, 10 * speaker + take, seconds))
    return tuple(clips), sounds_of(waveforms)


def sounds_of(waveforms: list[np.ndarray]) -> Sounds:
    values = np.concatenate([np.round(samples * FULL_SCALE).astype(np.int16) for samples in waveforms])
    offsets = np.cumsum([0, *map(len, waveforms)], dtype=np.int64)
    return Sounds(Path("nowhere"), RaggedArray(values, offsets))
