from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_models.data.corpora import SIX_EMOTIONS, Clip
from ml_models.data.folds import speaker_folds
from ml_models.evaluation.held_out import corpus_weights, held_out_scores, summarise, uncertainty
from ml_models.evaluation.metrics import calibration_error
from ml_models.heads.speakers import adapt_to_speakers
from ml_models.heads.svm import Calibration, balanced_weights, calibrated, fit_head
from ml_models.recipe import HeadRecipe, Recipe

EMOTIONS = ("angry", "disgust", "fearful", "happy", "neutral", "sad")
RECIPE = Recipe("tiny", "1.0.0", "Tiny", "Tiny.", "MIT")


def people(speakers: int, takes: int) -> list[Clip]:
    return [
        Clip(Path(f"{speaker}-{emotion}-{take}"), "nemo", f"nemo:{speaker}", "FM"[speaker % 2], "pl", emotion)
        for speaker in range(speakers)
        for emotion in EMOTIONS
        for take in range(takes)
    ]


def embeddings_of(clips: list[Clip], *, noise: float, habit: float = 0.0, seed: int = 0) -> np.ndarray:
    """Each emotion has a place, each speaker a habit, each clip a noise."""
    rng = np.random.default_rng(seed)
    place = {emotion: rng.standard_normal(12) for emotion in EMOTIONS}
    habits = {clip.speaker: habit * rng.standard_normal(12) for clip in clips}
    return np.stack([place[c.emotion] + habits[c.speaker] + noise * rng.standard_normal(12) for c in clips])


def test_the_calibrated_head_answers_as_its_scores_and_calibration_say() -> None:
    clips = people(6, 4)
    vectors = embeddings_of(clips, noise=1.0)
    labels = np.array([SIX_EMOTIONS.index_of(clip.emotion) for clip in clips])
    head = fit_head(vectors, labels, ["nemo"] * len(clips), HeadRecipe(), seed=0)
    calibration = Calibration.fit(head.scores(vectors), labels, np.ones(len(labels)))
    classifier = calibrated(head, calibration)
    chances = classifier.predict_proba(head.reduce(vectors))
    assert np.allclose(chances, calibration.probabilities(head.scores(vectors)))
    assert np.allclose(chances.sum(axis=1), 1.0)
    assert np.array_equal(chances.argmax(axis=1), head.svm.predict(head.reduce(vectors)))


def test_calibration_heals_overconfidence() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=3_000)
    scores = np.eye(3)[truth] + rng.standard_normal((3_000, 3))
    sure = np.exp(8 * scores) / np.exp(8 * scores).sum(axis=1, keepdims=True)
    healed = Calibration.fit(scores[:1_500], truth[:1_500], np.ones(1_500)).probabilities(scores[1_500:])
    assert calibration_error(sure[1_500:], truth[1_500:]) > 0.2
    assert calibration_error(healed, truth[1_500:]) < 0.05


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), min_size=1, max_size=40))
def test_every_emotion_of_every_corpus_weighs_alike(pairs: list[tuple[str, int]]) -> None:
    corpora, labels = [pair[0] for pair in pairs], np.array([pair[1] for pair in pairs])
    weights = balanced_weights(labels, corpora)
    sums = [weights[[p == pair for p in pairs]].sum() for pair in set(pairs)]
    assert sums == pytest.approx([len(pairs) / len(set(pairs))] * len(sums))
    each = [corpus_weights(corpora)[[c == name for c in corpora]].sum() for name in set(corpora)]
    assert each == pytest.approx([len(pairs) / len(set(corpora))] * len(each))


def test_every_clip_is_scored_by_the_fold_that_holds_its_speaker_out() -> None:
    clips = people(10, 2)
    folds = speaker_folds(clips)
    vectors = embeddings_of(clips, noise=0.8)
    held_out = held_out_scores(clips, folds, dict.fromkeys(range(1, 6), vectors), SIX_EMOTIONS, RECIPE)
    assert held_out.clips.tolist() == list(range(len(clips)))
    for index, number in zip(held_out.clips, held_out.fold, strict=True):
        assert clips[index].speaker in folds[number - 1].test_speakers


def test_no_fold_learns_from_the_clips_it_tests() -> None:
    """Poison the test clips of one fold: only their own scores may change, and chance is all that is left."""
    clips = people(10, 2)
    folds = speaker_folds(clips)
    clean = embeddings_of(clips, noise=0.5)
    poisoned = clean.copy()
    _, test = folds[0].split(clips)
    poisoned[test] = np.random.default_rng(1).standard_normal((len(test), 12))
    embeddings = {fold.number: clean for fold in folds}
    before = held_out_scores(clips, folds, embeddings, SIX_EMOTIONS, RECIPE)
    after = held_out_scores(clips, folds, {**embeddings, 1: poisoned}, SIX_EMOTIONS, RECIPE)
    others = before.fold != 1
    assert np.array_equal(before.scores[others], after.scores[others])
    assert np.mean(after.probabilities[~others].argmax(axis=1) == after.truth[~others]) < 0.5


def test_the_summary_tells_corpora_sexes_and_emotions_apart() -> None:
    clips = people(10, 3)
    folds = speaker_folds(clips)
    vectors = embeddings_of(clips, noise=0.9)
    held_out = held_out_scores(clips, folds, dict.fromkeys(range(1, 6), vectors), SIX_EMOTIONS, RECIPE)
    summary = summarise(clips, held_out, SIX_EMOTIONS)
    scores = summary["corpora"]["nemo"]
    assert scores["speakers"] == 10
    assert scores["clips"] == len(clips)
    assert scores["ua"] == pytest.approx(np.mean(list(scores["recall"].values())))
    assert scores["ua"] == pytest.approx(scores["wa"])  # every emotion has as many clips
    assert set(scores["ua_by_sex"]) == {"F", "M"}
    assert set(scores["ua_by_fold"]) == {"1", "2", "3", "4", "5"}
    doubt = uncertainty(held_out, ["nemo"] * len(clips), answered_accuracy=0.95)
    assert doubt["accuracy_of_answered"] >= 0.95
    assert doubt["accuracy_of_all"] == pytest.approx(scores["wa"])


def test_adaptation_takes_a_speakers_habit_away() -> None:
    clips = people(10, 3)
    folds = speaker_folds(clips)
    vectors = embeddings_of(clips, noise=0.5, habit=3.0)
    embeddings = dict.fromkeys(range(1, 6), vectors)
    plain, adapted = (
        held_out_scores(clips, folds, embeddings, SIX_EMOTIONS, RECIPE, adapted=adapted) for adapted in (False, True)
    )
    right = [np.mean(result.scores.argmax(axis=1) == result.truth) for result in (plain, adapted)]
    assert right[1] > right[0] + 0.2
    owners = [clip.speaker for clip in clips]
    mine = [index for index, owner in enumerate(owners) if owner == "nemo:3"]
    assert adapt_to_speakers(vectors, owners)[mine].mean(axis=0) == pytest.approx(np.zeros(12), abs=1e-9)
