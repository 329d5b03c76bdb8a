from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch

from ml_models.data import sounds
from ml_models.data.corpora import Clip
from ml_models.data.folds import speaker_folds
from ml_models.data.sounds import decode_sounds
from ml_models.encoder import features
from ml_models.encoder.features import FeatureStore, prepare_features
from ml_models.encoder.network import FrontEnd
from ml_models.errors import TrainingDataError
from tests.support.sound import heard_path

if TYPE_CHECKING:
    from pathlib import Path


def test_clean_features_are_those_of_the_served_waveform(clips: tuple[Clip, ...], store: FeatureStore) -> None:
    samples = heard_path(clips[3].path).samples
    with torch.inference_mode():
        expected = FrontEnd()(torch.from_numpy(samples[None]))[0].T.numpy()
    assert np.abs(store.features(3) - expected).max() < 0.01


def test_the_second_preparation_reads_what_the_first_wrote(
    clips: tuple[Clip, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = clips[:6]
    first = prepare_features(few, decode_sounds(few, tmp_path), copies=1, seed=0)
    monkeypatch.setattr(sounds, "decode_path", None)
    monkeypatch.setattr(features, "FrontEnd", None)
    second = prepare_features(few, decode_sounds(few, tmp_path), copies=1, seed=0)
    for clip in range(6):
        assert np.array_equal(first.features(clip, 1), second.features(clip, 1))


def test_the_number_of_workers_does_not_change_the_copies(clips: tuple[Clip, ...], tmp_path: Path) -> None:
    few = clips[-4:]
    one = prepare_features(few, decode_sounds(few, tmp_path / "one"), copies=2, seed=3, workers=1)
    two = prepare_features(few, decode_sounds(few, tmp_path / "two"), copies=2, seed=3, workers=2)
    for clip in range(4):
        assert np.array_equal(one.features(clip, 2), two.features(clip, 2))


def test_a_copy_is_made_of_its_own_speaker_only(clips: tuple[Clip, ...], tmp_path: Path) -> None:
    """Change one fold's test speakers: no training clip's copy may change, whatever was mixed into it."""
    clips = [clip for clip in clips if clip.corpus == "emodb"]
    train, test = speaker_folds(clips)[0].split(clips)
    swapped = list(clips)
    for index in test:
        other = next(i for i in test if i != index)
        swapped[index] = Clip(clips[other].path, *(getattr(clips[index], n) for n in FIELDS))
    before = prepare_features(clips, decode_sounds(clips, tmp_path), copies=1, seed=0)
    after = prepare_features(swapped, decode_sounds(swapped, tmp_path), copies=1, seed=0)
    assert all(np.array_equal(before.features(i, 1), after.features(i, 1)) for i in train)
    assert not all(np.array_equal(before.features(i, 1), after.features(i, 1)) for i in test)


FIELDS = ("corpus", "speaker", "sex", "language", "emotion")


def test_a_clip_that_is_not_sound_is_refused(clips: tuple[Clip, ...], tmp_path: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"not sound at all")
    bad = Clip(broken, *(getattr(clips[0], name) for name in FIELDS))
    with pytest.raises(TrainingDataError, match=r"broken\.wav"):
        decode_sounds([bad], tmp_path / "work")
