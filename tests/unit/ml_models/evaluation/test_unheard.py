from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml_models.data.corpora import SIX_EMOTIONS, Clip
from ml_models.evaluation.held_out import HeldOut, Outcome
from ml_models.evaluation.unheard import close_call_margin, leave_one_corpus_out, natural_speech, strangeness_limit
from ml_models.heads.calibration import TemperatureCalibration

NEUTRAL = SIX_EMOTIONS.labels.index("neutral")
SAD = SIX_EMOTIONS.labels.index("sad")


def clips_of(corpus: str, emotions: list[str], *, kind: str = "") -> list[Clip]:
    return [
        Clip(Path(f"{corpus}-{number}.wav"), corpus, f"{corpus}:{number % 7}", "", "en", emotion, kind)
        for number, emotion in enumerate(emotions)
    ]


def sure_of(classes: list[int], strength: float = 8.0) -> np.ndarray:
    return strength * np.eye(6)[classes]


def outcome(number: int, positions: list[int], scores: np.ndarray, **more: object) -> Outcome:
    return Outcome(number, np.array(positions), scores, np.zeros(0, dtype=int), np.zeros((0, 6)), **more)


def test_an_unheard_corpus_is_scored_over_the_emotions_it_has() -> None:
    clips = clips_of("a", ["sad", "neutral"] * 10) + clips_of("b", ["sad"] * 5 + ["neutral"] * 5)
    truth = [SIX_EMOTIONS.index_of(clip.emotion) for clip in clips]
    folds = [outcome(1, list(range(30)), sure_of(truth))]
    # Every sad clip of b is heard as sad, one calm clip of five as well.
    answers = [SAD] * 6 + [NEUTRAL] * 4
    without = [outcome(9, list(range(20, 30)), sure_of(answers))]
    found = leave_one_corpus_out(
        clips, without, folds, SIX_EMOTIONS, fit=TemperatureCalibration.fit, answered_accuracy=0.75
    )
    row = found["corpora"]["b"]
    assert (row["clips"], row["classes"]) == (10, 2)
    assert row["ua"] == pytest.approx((1.0 + 0.8) / 2)
    assert row["certain_and_wrong"] == pytest.approx(0.1)
    assert found["mean"]["ua"] == row["ua"]


def test_natural_speech_counts_what_is_certain_and_wrong_by_source() -> None:
    clips = clips_of("natural_test", ["neutral"] * 4, kind="prompts")
    clips += clips_of("natural_test", ["neutral"] * 2, kind="digits")
    scores = np.concatenate([sure_of([NEUTRAL] * 3), sure_of([SAD]), sure_of([NEUTRAL]), sure_of([SAD], 0.1)])
    outcomes = [outcome(1, [], np.zeros((0, 6)), beside=np.arange(6), beside_scores=scores)]
    found = natural_speech(
        clips, outcomes, {1: TemperatureCalibration(1.0)}, SIX_EMOTIONS, {"threshold": 0.5, "margin": 0.0}
    )
    assert found["prompts, en"] == {
        "clips": 4,
        "neutral": 0.75,
        "certain": 1.0,
        "certain_and_wrong": 0.25,
    }
    assert found["digits, en"]["certain_and_wrong"] == 0.0  # it is wrong, and says that it does not know
    assert found["all"]["clips"] == 6


def test_close_calls_are_those_that_are_right_no_more_often_than_not() -> None:
    rng = np.random.default_rng(0)
    lead = rng.uniform(0, 0.5, 5000)
    right = rng.random(5000) < np.where(lead < 0.1, 0.4, 0.9)
    chances = np.stack([0.5 + lead / 2, 0.5 - lead / 2], axis=1)
    held_out = HeldOut(np.arange(5000), np.where(right, 0, 1), np.ones(5000), chances, {})
    assert close_call_margin(held_out, 0.0) == pytest.approx(0.1, abs=0.011)
    sure = HeldOut(np.arange(5000), np.zeros(5000, dtype=int), np.ones(5000), chances, {})
    assert close_call_margin(sure, 0.0) == 0.0


def test_one_held_out_clip_in_a_hundred_is_strange() -> None:
    clips = clips_of("a", ["sad"] * 1000) + clips_of("b", ["sad"] * 50)
    folds = [outcome(1, list(range(1000)), np.zeros((1000, 6)), strangeness=np.linspace(0, 1, 1000))]
    unheard = [outcome(9, list(range(1000, 1050)), np.zeros((50, 6)), strangeness=np.full(50, 3.0))]
    found = strangeness_limit(clips, folds, unheard)
    assert found["threshold"] == pytest.approx(0.99, abs=0.002)
    assert found["false_alarms"]["a"] == pytest.approx(0.01, abs=0.002)
    assert found["false_alarms_unheard"] == {"b": 1.0}
    assert strangeness_limit(clips, [outcome(1, [0], np.zeros((1, 6)))], []) == {}
