from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.calls import Window
from emotion_clf.calls.valence import VALENCE, certainty, label_valence, unplaced, window_doubt, window_valence
from emotion_clf.settings import PROJECT_DIR
from ml_models.data.corpora import EMOTIONS
from tests.unit.calls.timelines import LABELS, answers, certain, judged, leaning

EMPTY = Window(0.0, 3.0, "A", 3.0, 0.0)


def valence(probabilities: dict[str, float]) -> float:
    return window_valence(judged(EMPTY, probabilities))


def test_every_emotion_of_every_bundle_and_corpus_has_a_valence() -> None:
    for manifest in (PROJECT_DIR / "ml_models" / "models").glob("*/manifest.json"):
        assert unplaced(json.loads(manifest.read_text(encoding="utf-8"))["labels"]) == ()
    assert unplaced(EMOTIONS) == ()
    assert all(-1 <= level <= 1 for level in VALENCE.values())


def test_a_strange_emotion_is_neither_pleasant_nor_unpleasant_and_is_named() -> None:
    assert label_valence("wistful") == 0
    assert unplaced(("sad", "wistful")) == ("wistful",)
    assert valence({"wistful": 1.0, "sad": 0.0}) == 0


@pytest.mark.parametrize("label", LABELS)
def test_an_answer_beyond_doubt_has_its_labels_valence(label: str) -> None:
    assert valence(certain(label)) == VALENCE[label]
    assert window_doubt(judged(EMPTY, certain(label))) == 0
    assert valence({label: 1.0}) == VALENCE[label]


def test_an_answer_that_knows_nothing_says_nothing_and_is_in_doubt() -> None:
    flat = dict.fromkeys(LABELS, 1 / len(LABELS))
    assert certainty(flat) == pytest.approx(0, abs=1e-12)
    assert valence(flat) == pytest.approx(0, abs=1e-12)
    assert window_doubt(judged(EMPTY, flat)) > window_doubt(judged(EMPTY, leaning("angry", 0.9)))


def test_a_surer_answer_says_more() -> None:
    levels = [valence(leaning("angry", confidence)) for confidence in (0.3, 0.5, 0.7, 0.9, 1.0)]
    assert levels == sorted(levels, reverse=True)
    assert levels[0] < 0


def test_half_and_half_is_the_mean_by_its_certainty() -> None:
    half = {"angry": 0.5, "happy": 0.25, "sad": 0.25, "neutral": 0.0}
    assert certainty(half) == pytest.approx(0.25)
    assert valence(half) == pytest.approx((-1.0 * 0.5 + 1.0 * 0.25 - 0.6 * 0.25) * 0.25)


def test_what_is_not_judged_is_nothing() -> None:
    assert window_valence(EMPTY) == 0
    assert window_doubt(EMPTY) == 0
    assert certainty({}) == 0


@given(answers, st.permutations(LABELS))
def test_valences_stay_on_the_scale_whatever_the_order_of_labels(
    probabilities: dict[str, float], order: list[str]
) -> None:
    assert -1 <= valence(probabilities) <= 1
    assert valence({label: probabilities[label] for label in order}) == valence(probabilities)
    assert 0 <= window_doubt(judged(EMPTY, probabilities)) <= 2


@given(answers)
def test_probabilities_that_were_rounded_hardly_change_it(probabilities: dict[str, float]) -> None:
    rounded = {label: round(size, 4) for label, size in probabilities.items()}
    assert valence(rounded) == pytest.approx(valence(probabilities), abs=2e-3)
