"""A tiny corpus that is written as sound files, and recipes small enough to train on it in seconds."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
import soundfile
import torch

from ml_models.data.sounds import decode_sounds
from ml_models.data.sources.table import read_table
from ml_models.encoder.features import FeatureStore, prepare_features
from ml_models.recipe import EncoderRecipe, Recipe
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, STYLES, speak

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.corpora import Clip

CORPORA = {"ravdess": tuple(STYLES), "emodb": ("neutral", "angry", "sad")}
SPEAKERS = 5


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpora")
    rows = []
    for corpus, emotions in CORPORA.items():
        for speaker in range(1, SPEAKERS + 1):
            name = f"ravdess:Actor_{speaker:02d}" if corpus == "ravdess" else f"emodb:{speaker:02d}"
            sex = "F" if speaker % 2 else "M"
            for emotion in emotions:
                path = f"{corpus}-{speaker}-{emotion}.wav"
                pitch_hz = 90 + 20 * speaker + 5 * (corpus == "emodb")  # nobody speaks in both
                soundfile.write(folder / path, speak(emotion, pitch_hz, speaker), SAMPLE_RATE_HZ)
                rows.append((path, corpus, name, sex, "en" if corpus == "ravdess" else "de", emotion))
    with (folder / "manifest.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "corpus", "speaker", "sex", "language", "emotion"), *rows])
    return folder


@pytest.fixture(scope="session")
def clips(data: Path) -> tuple[Clip, ...]:
    return read_table(data)


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    encoder = EncoderRecipe(
        channels=(4, 8),
        embedding_dim=16,
        epochs=2,
        clips_per_epoch={"ravdess": 16, "emodb": 16},
        batch_size=8,
        crop_frames=32,
        augmented_copies=1,
    )
    return Recipe(
        name="tiny",
        version="0.0.1",
        title="Tiny",
        description="A model of tones.",
        licence="MIT",
        corpora=("ravdess", "emodb"),
        learner=encoder,
    )


@pytest.fixture(scope="session")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("work")


@pytest.fixture(scope="session")
def store(clips: tuple[Clip, ...], work: Path) -> FeatureStore:
    return prepare_features(clips, decode_sounds(clips, work / "features"), copies=1, seed=0)


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)
