from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ml_models.data.corpora import EIGHT_EMOTIONS, EMOTIONS, SIX_EMOTIONS, require_trainable
from ml_models.data.sources.table import read_table
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.corpora import Clip


def test_every_row_becomes_a_clip(data: Path, clips: tuple[Clip, ...]) -> None:
    assert len(clips) == 5 * (8 + 3)
    first = clips[0]
    assert first.path.is_file()
    assert (first.corpus, first.speaker, first.sex, first.language) == ("ravdess", "ravdess:Actor_01", "F", "en")
    assert len(read_table(data, corpora=("emodb",))) == 15


def test_one_emotion_or_one_speaker_cannot_be_trained_on(clips: tuple[Clip, ...]) -> None:
    with pytest.raises(TrainingDataError, match="all of these are sad"):
        require_trainable([clip for clip in clips if clip.emotion == "sad"])
    with pytest.raises(TrainingDataError, match="all of these are by emodb:01"):
        require_trainable([clip for clip in clips if clip.speaker == "emodb:01"])
    with pytest.raises(TrainingDataError, match="no clips"):
        require_trainable([])


def test_label_sets_map_acted_emotions_to_product_labels() -> None:
    assert SIX_EMOTIONS.labels[SIX_EMOTIONS.index_of("calm")] == "neutral"
    assert SIX_EMOTIONS.labels[SIX_EMOTIONS.index_of("fearful")] == "fear"
    assert SIX_EMOTIONS.index_of("surprised") is None
    assert SIX_EMOTIONS.index_of("boredom") is None
    assert [emotion for emotion in EMOTIONS if EIGHT_EMOTIONS.index_of(emotion) is None] == ["boredom"]
    for labels in (SIX_EMOTIONS, EIGHT_EMOTIONS):
        assert list(labels.labels) == sorted(labels.labels)
