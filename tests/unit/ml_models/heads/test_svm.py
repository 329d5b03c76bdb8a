from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from emotion_clf.speech.voice import Voice
from ml_models.data.corpora import SIX_EMOTIONS, labels_of
from ml_models.evaluation.metrics import calibration_error
from ml_models.heads.calibration import SigmoidCalibration, TemperatureCalibration, calibrated, classifier_of
from ml_models.heads.speakers import PRIOR_CLIPS, adapt_to_earlier, adapt_to_speakers, draw_earlier
from ml_models.heads.svm import balanced_weights, fit_head, has_several_emotions
from ml_models.recipe import HeadRecipe
from tests.unit.ml_models.people import DIM, embeddings_of, people


def fitted(recipe: HeadRecipe, *, noise: float = 1.0, habit: float = 0.0):
    clips = people(6, 4)
    vectors = embeddings_of(clips, noise=noise, habit=habit)
    labels = labels_of(clips, SIX_EMOTIONS)
    speakers = [clip.speaker for clip in clips]
    return clips, vectors, labels, fit_head(vectors, labels, ["nemo"] * len(clips), speakers, recipe, seed=0)


@pytest.mark.parametrize("kind", ["svm", "ensemble"])
def test_the_calibrated_head_answers_as_its_scores_and_calibration_say(kind: str) -> None:
    _, vectors, labels, head = fitted(HeadRecipe(kind=kind))
    weights = np.ones(len(labels))
    calibration = SigmoidCalibration.fit(head.scores(vectors), labels, weights)
    expected = calibration.probabilities(head.scores(vectors))
    classifier = calibrated(head, calibration)
    chances = classifier.predict_proba(head.pca.transform(head.scaler.transform(vectors)))
    assert np.allclose(chances, expected)
    assert np.allclose(chances.sum(axis=1), 1.0)
    assert np.array_equal(classifier.classes_, np.arange(6))


def test_a_temperature_heals_overconfidence() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(3, size=6_000)
    scores = 8 * (np.eye(3)[truth] + 0.7 * rng.standard_normal((6_000, 3)))
    calibration = TemperatureCalibration.fit(scores[:3_000], truth[:3_000], np.ones(3_000))
    before, after = softmax(scores[3_000:], axis=1), calibration.probabilities(scores[3_000:])
    assert calibration_error(before, truth[3_000:]) > 0.1
    assert calibration_error(after, truth[3_000:]) < 0.04
    assert calibration.temperature > 2


def test_sigmoids_turn_margins_into_the_share_that_is_right() -> None:
    clips = people(30, 6)
    vectors = embeddings_of(clips, noise=1.5)
    labels, third = labels_of(clips, SIX_EMOTIONS), len(clips) // 3
    head = fit_head(vectors[:third], labels[:third], ["nemo"] * third, ["a"] * third, HeadRecipe(), seed=0)
    middle, last = head.scores(vectors[third : 2 * third]), head.scores(vectors[2 * third :])
    chances = SigmoidCalibration.fit(middle, labels[third : 2 * third], np.ones(third)).probabilities(last)
    assert calibration_error(chances, labels[2 * third :]) < 0.1
    assert np.mean(chances.argmax(axis=1) == labels[2 * third :]) > 0.5


def test_a_temperature_never_changes_the_answer() -> None:
    scores = np.random.default_rng(0).standard_normal((50, 4))
    calibration = TemperatureCalibration.fit(scores, scores.argmax(axis=1), np.ones(50))
    assert np.array_equal(calibration.probabilities(scores).argmax(axis=1), scores.argmax(axis=1))


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2)), min_size=1, max_size=40))
def test_every_corpus_weighs_alike_and_each_emotion_in_it(pairs: list[tuple[str, int]]) -> None:
    corpora, labels = [pair[0] for pair in pairs], np.array([pair[1] for pair in pairs])
    weights = balanced_weights(labels, corpora)
    assert weights.mean() == pytest.approx(1.0)
    for corpus in set(corpora):
        own = {pair for pair in pairs if pair[0] == corpus}
        sums = [weights[[p == pair for p in pairs]].sum() for pair in own]
        assert sums == pytest.approx([len(pairs) / len(set(corpora)) / len(own)] * len(own))


@pytest.mark.parametrize(("wanted", "found"), [(3, 3), (50, DIM), (0.99, None)])
def test_components_are_a_number_or_a_share_of_the_variance(wanted: float, found: int | None) -> None:
    *_, head = fitted(HeadRecipe(pca=wanted))
    if found is None:
        assert head.pca.explained_variance_ratio_.sum() >= wanted
    else:
        assert head.pca.n_components_ == found


@given(st.integers(0, 9), st.integers(1, 6))
def test_what_is_learnt_from_is_normalised_as_the_product_normalises(seed: int, earlier: int) -> None:
    *_, head = fitted(HeadRecipe())
    vectors = np.random.default_rng(seed).normal(3.0, 2.0, (earlier + 1, DIM))
    voice = Voice.of(vectors[:earlier].astype(np.float32)).with_(vectors[earlier].astype(np.float32))
    ours = adapt_to_earlier(vectors, [*([[]] * earlier), list(range(earlier))], head.scaler)[earlier]
    theirs = voice.normalise(vectors[earlier].astype(np.float32), head.scaler.mean_, head.scaler.scale_, PRIOR_CLIPS)
    assert np.allclose(ours, theirs, atol=1e-5)
    cold = adapt_to_earlier(vectors, [[]] * len(vectors), head.scaler)
    assert np.allclose(cold, head.scaler.transform(vectors))


def test_a_known_voice_is_heard_better_and_an_unknown_one_no_worse() -> None:
    clips = people(16, 4)
    vectors = embeddings_of(clips, noise=0.7, habit=1.2)
    labels, speakers = labels_of(clips, SIX_EMOTIONS), [clip.speaker for clip in clips]
    cut = len(clips) // 2
    learn = [fit_head(vectors[:cut], labels[:cut], ["nemo"] * cut, speakers[:cut], r, seed=0) for r in RECIPES]
    plain, both = learn
    cold = [np.mean(head.scores(vectors[cut:]).argmax(axis=1) == labels[cut:]) for head in (plain, both)]
    known = adapt_to_speakers(vectors[cut:], speakers[cut:], both.scaler)
    adapted = np.mean(both.scores_of_normalised(known).argmax(axis=1) == labels[cut:])
    assert adapted > cold[1] + 0.1
    assert cold[1] > cold[0] - 0.1


RECIPES = (HeadRecipe(), HeadRecipe(adapted=True))


@given(st.integers(0, 20), st.booleans())
def test_earlier_clips_are_other_clips_of_the_same_voice(count: int, skewed: bool) -> None:
    clips = people(3, 2)
    speakers, emotions = [clip.speaker for clip in clips], [clip.emotion for clip in clips]
    for index, earlier in enumerate(draw_earlier(speakers, emotions, clips=count, seed=1, skewed=skewed)):
        assert index not in earlier
        assert {speakers[other] for other in earlier} <= {speakers[index]}
        assert len(set(earlier.tolist())) == len(earlier) <= count


def test_a_skewed_voice_is_mostly_of_one_emotion() -> None:
    clips = people(2, 20)
    speakers, emotions = [clip.speaker for clip in clips], [clip.emotion for clip in clips]
    for earlier in draw_earlier(speakers, emotions, clips=10, seed=0, skewed=True):
        counts = [sum(emotions[other] == name for other in earlier) for name in set(emotions)]
        assert len(earlier) == 10
        assert max(counts) >= 7


def test_a_logistic_regression_is_cooled_by_its_temperature() -> None:
    _, vectors, _, head = fitted(HeadRecipe(kind="logistic"))
    calibration = TemperatureCalibration(2.5)
    reduced = head.pca.transform(head.scaler.transform(vectors))
    before = head.classifier.coef_.copy()
    chances = classifier_of(head, calibration).predict_proba(reduced)
    assert np.allclose(chances, calibration.probabilities(head.scores(vectors)))
    assert np.array_equal(head.classifier.coef_, before)
    _, _, _, machines = fitted(HeadRecipe())
    with pytest.raises(TypeError, match="a logistic regression"):
        classifier_of(machines, calibration)


def test_voices_of_one_emotion_are_not_learnt_as_known() -> None:
    labels, corpora = np.array([0, 1, 1, 1]), ["acted", "acted", "calm", "calm"]
    assert has_several_emotions(labels, corpora).tolist() == [True, True, False, False]
