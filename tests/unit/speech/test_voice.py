from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from emotion_clf.speech import Voice

DIM = 3
CLIPS = arrays(np.float32, st.tuples(st.integers(1, 12), st.just(DIM)), elements=st.floats(-1e4, 1e4, width=32))
MEAN, SCALE = np.array([1.0, -2.0, 0.5]), np.array([0.5, 2.0, 1.0])


@given(CLIPS)
def test_one_clip_after_the_other_is_the_same_voice_as_all_at_once(clips: np.ndarray) -> None:
    together, grown = Voice.of(list(clips)), Voice.of([])
    for clip in clips:
        grown = grown.with_(clip)
    assert grown.count == together.count == len(clips)
    np.testing.assert_allclose(grown.mean, together.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(
        grown.sum_of_squared_deviations, together.sum_of_squared_deviations, rtol=1e-9, atol=1e-4
    )
    np.testing.assert_allclose(together.sum_of_squared_deviations / len(clips), clips.astype(float).var(axis=0))


def test_small_differences_far_from_zero_are_not_lost() -> None:
    clips = 1e8 + np.array([[0.0], [1.0], [2.0], [1.0]])
    grown = Voice.of([])
    for clip in clips:
        grown = grown.with_(clip)
    np.testing.assert_allclose(grown.sum_of_squared_deviations, 2.0, rtol=1e-6)


def test_one_more_clip_leaves_the_voice_it_was_added_to() -> None:
    voice = Voice.of([np.ones(DIM), np.zeros(DIM)])
    voice.with_(np.full(DIM, 9.0))
    assert voice.count == 2
    np.testing.assert_array_equal(voice.mean, np.full(DIM, 0.5))


def test_a_voice_nobody_knows_is_normalised_by_everybody() -> None:
    embedding = np.array([2.0, 2.0, 2.0])
    np.testing.assert_allclose(Voice.of([]).normalise(embedding, MEAN, SCALE, 4.0), (embedding - MEAN) / SCALE)


def test_a_voice_known_by_heart_is_normalised_by_itself() -> None:
    clips = np.random.default_rng(0).normal(5.0, 3.0, (2000, DIM))
    voice = Voice.of(list(clips))
    normalised = np.array([voice.normalise(clip, MEAN, SCALE, 1e-6) for clip in clips])
    np.testing.assert_allclose(normalised.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(normalised.std(axis=0), 1, atol=1e-6)


@given(CLIPS, st.floats(0.1, 100))
def test_the_product_normalises_as_the_training_side_measures(clips: np.ndarray, prior_clips: float) -> None:
    from ml_models.heads.speakers import normalise_by_voice

    everybody = SimpleNamespace(mean_=MEAN, var_=SCALE**2)
    measured = normalise_by_voice(clips.astype(float), clips.astype(float), everybody, prior_clips)
    voice = Voice.of(list(clips))
    served = np.array([voice.normalise(clip, MEAN, SCALE, prior_clips) for clip in clips])
    np.testing.assert_allclose(served, measured, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("count", [1, 2, 50])
def test_a_clip_like_all_others_of_its_voice_is_finite(count: int) -> None:
    voice = Voice.of([np.ones(DIM)] * count)
    assert np.isfinite(voice.normalise(np.ones(DIM), MEAN, SCALE, 4.0)).all()


@given(CLIPS, st.floats(0.01, 1.0))
def test_a_share_of_a_voice_has_its_mean_and_variance_and_less_weight(clips: np.ndarray, share: float) -> None:
    whole = Voice.of(list(clips))
    part = whole.scaled(share)
    assert part.count == max(round(len(clips) * share), 1)
    np.testing.assert_array_equal(part.mean, whole.mean)
    np.testing.assert_allclose(
        part.sum_of_squared_deviations / part.count, whole.sum_of_squared_deviations / whole.count, rtol=1e-9
    )


def test_a_share_of_nobody_is_nobody() -> None:
    assert Voice.of([]).scaled(0.5).count == 0
