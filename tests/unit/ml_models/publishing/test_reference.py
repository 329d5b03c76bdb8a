from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.bundles import Binned
from emotion_clf.settings import PROJECT_DIR
from emotion_clf.speech.manifest import Manifest
from ml_models.data.corpora import SIX_EMOTIONS, Clip
from ml_models.errors import TrainingDataError
from ml_models.evaluation.predictions import HeldOutAnswer
from ml_models.evaluation.reference import binned, reference
from ml_models.publishing.reference import label_set_of, learnt_from, speech_reference

PUBLISHED = Manifest.read(PROJECT_DIR / "ml_models" / "models" / "embedded")
CLIP = Clip(Path("a.flac"), "ravdess", "ravdess:Actor_01", "F", "en", "angry")


@given(st.lists(st.floats(-1e6, 1e6, width=32), min_size=1, max_size=300))
def test_every_value_is_counted_where_the_product_places_it(values: list[float]) -> None:
    made = Binned.model_validate(binned(np.array(values, dtype=np.float32)))
    assert sum(made.counts) == len(values)
    places = [made.place(value) for value in np.array(values, dtype=np.float32).tolist()]
    assert tuple(places.count(number) for number in range(len(made.counts))) == made.counts


def test_a_tenth_of_the_training_is_in_each_bin() -> None:
    made = binned(np.random.default_rng(0).normal(size=1000))
    assert made["counts"] == [100] * 10


def test_answers_of_other_labels_are_refused() -> None:
    with pytest.raises(TrainingDataError, match="not those of this bundle"):
        reference(("angry", "calm"), [("happy", 0.5)], answers_from="")
    with pytest.raises(TrainingDataError, match="not those of this bundle"):
        reference(("angry", "calm"), [], answers_from="")


def test_every_label_is_named_and_as_many_components_as_are_compared() -> None:
    answer = HeldOutAnswer("six", "a", "ravdess:Actor_01", "ravdess", "angry", "sad", 0.7, 1)
    other = replace(answer, clip_id="b", predicted="happy", confidence=0.4)
    made = speech_reference(SIX_EMOTIONS.labels, [answer, other], np.random.default_rng(0).normal(size=(50, 40)))
    assert made.labels == {"angry": 0, "disgust": 0, "fear": 0, "happy": 1, "neutral": 0, "sad": 1}
    assert len(made.components) == 16
    assert {sum(component.counts) for component in made.components} == {50}
    assert "of 1 speaker," in made.answers_from


def test_only_what_the_bundle_learnt_from_is_counted() -> None:
    heard = [replace(CLIP, speaker=speaker) for speaker in PUBLISHED.training_speakers]
    stranger, bored = replace(CLIP, speaker="ravdess:Actor_99"), replace(heard[0], emotion="boredom")
    assert label_set_of(PUBLISHED) is SIX_EMOTIONS
    assert learnt_from([*heard, stranger, bored], PUBLISHED) == list(range(len(heard)))
    with pytest.raises(TrainingDataError, match="1 of whom are not in this data"):
        learnt_from(heard[1:], PUBLISHED)
    with pytest.raises(TrainingDataError, match="No label set"):
        label_set_of(PUBLISHED.model_copy(update={"labels": ("a", "b")}))
