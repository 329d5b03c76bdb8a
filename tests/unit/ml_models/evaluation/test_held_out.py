from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from ml_models.data.corpora import LABEL_SETS, SIX_EMOTIONS
from ml_models.data.folds import DoubledSplit, Fold, RandomSplit, speaker_folds
from ml_models.evaluation.held_out import Checks, answers_of, calibrate_across, hold_out
from ml_models.evaluation.robustness import CONDITIONS
from ml_models.evaluation.summary import leak_scores, summarise
from ml_models.heads.calibration import SigmoidCalibration
from ml_models.recipe import HeadRecipe
from tests.unit.ml_models.people import FirstSamples, embeddings_of, people, sounds_of

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.data.corpora import Clip
    from ml_models.evaluation.held_out import Outcome

PLAIN = Checks()


def outcomes_of(clips: list[Clip], vectors: np.ndarray, folder: Path, checks: Checks = PLAIN) -> list[Outcome]:
    sounds = sounds_of(vectors, folder)
    learner = FirstSamples(clips, sounds, HeadRecipe(adapted=checks.adapted))
    return [
        hold_out(learner, clips, sounds, split=fold, label_set=SIX_EMOTIONS, checks=checks)
        for fold in speaker_folds(clips)
    ]


def test_every_clip_is_scored_by_the_fold_that_holds_its_speaker_out(tmp_path: Path) -> None:
    clips = people(10, 2)
    vectors = embeddings_of(clips, noise=0.8)
    sounds = sounds_of(vectors, tmp_path)
    learner = FirstSamples(clips, sounds)
    folds = speaker_folds(clips)
    outcomes = [hold_out(learner, clips, sounds, split=fold, label_set=SIX_EMOTIONS, checks=PLAIN) for fold in folds]
    assert sorted(np.concatenate([outcome.clips for outcome in outcomes])) == list(range(len(clips)))
    for fold, outcome, learnt in zip(folds, outcomes, learner.learnt_from, strict=True):
        tested = {clips[position].speaker for position in outcome.clips}
        assert tested <= fold.test_speakers
        assert not tested & {clips[position].speaker for position in learnt}


def test_no_fold_learns_from_the_clips_it_tests(tmp_path: Path) -> None:
    """Poison the test clips of one fold: only their own scores may change, and chance is all that is left of them."""
    clips = people(10, 2)
    clean = embeddings_of(clips, noise=0.5)
    poisoned = clean.copy()
    _, test = speaker_folds(clips)[0].split(clips)
    poisoned[test] = np.random.default_rng(1).standard_normal((len(test), clean.shape[1]))
    before = outcomes_of(clips, clean, tmp_path)[0]
    sounds = sounds_of(poisoned, tmp_path)
    fold = speaker_folds(clips)[0]
    learner = FirstSamples(clips, sounds)
    after = hold_out(learner, clips, sounds, split=fold, label_set=SIX_EMOTIONS, checks=PLAIN)
    fitted = [
        FirstSamples(clips, s).fit(fold.split(clips)[0], SIX_EMOTIONS, title="x")
        for s in (sounds, sounds_of(clean, tmp_path))
    ]
    assert np.array_equal(fitted[0].head.scaler.mean_, fitted[1].head.scaler.mean_)
    assert np.array_equal(fitted[0].head.pca.components_, fitted[1].head.pca.components_)
    truth = np.array([SIX_EMOTIONS.index_of(clips[position].emotion) for position in after.clips])
    assert np.mean(before.scores.argmax(axis=1) == truth) > 0.8
    assert np.mean(after.scores.argmax(axis=1) == truth) < 0.5


def test_a_fold_is_calibrated_without_its_own_scores(tmp_path: Path) -> None:
    """Turn one fold's own scores upside down: its calibration must not notice, the others' must."""
    clips = people(10, 2)
    outcomes = outcomes_of(clips, embeddings_of(clips, noise=0.8), tmp_path)
    flipped = [replace(outcomes[0], scores=-outcomes[0].scores), *outcomes[1:]]
    before, after = (
        calibrate_across(clips, found, SIX_EMOTIONS, SigmoidCalibration.fit) for found in (outcomes, flipped)
    )
    probe = outcomes[1].scores
    same = [
        np.allclose(before.calibrations[n].probabilities(probe), after.calibrations[n].probabilities(probe))
        for n in range(1, 6)
    ]
    assert same == [True, False, False, False, False]


def test_validation_speakers_calibrate_where_a_split_has_them(tmp_path: Path) -> None:
    clips = people(10, 3)
    names = sorted({clip.speaker for clip in clips})
    fold = Fold(1, frozenset(names[:6]), frozenset(names[8:]), frozenset(names[6:8]))
    sounds = sounds_of(embeddings_of(clips, noise=0.8), tmp_path)
    outcome = hold_out(FirstSamples(clips, sounds), clips, sounds, split=fold, label_set=SIX_EMOTIONS, checks=PLAIN)
    assert {clips[position].speaker for position in outcome.validation} == set(names[6:8])
    held_out = calibrate_across(clips, [outcome], SIX_EMOTIONS, SigmoidCalibration.fit)
    assert {clips[position].speaker for position in held_out.clips} == set(names[8:])


def test_the_summary_tells_corpora_sexes_and_emotions_apart(tmp_path: Path) -> None:
    clips = people(10, 3)
    outcomes = outcomes_of(clips, embeddings_of(clips, noise=0.9), tmp_path)
    held_out = calibrate_across(clips, outcomes, SIX_EMOTIONS, SigmoidCalibration.fit)
    summary = summarise(clips, outcomes, held_out, SIX_EMOTIONS, 0.9)
    scores = summary["corpora"]["nemo"]
    assert scores["speakers"] == 10
    assert scores["clips"] == len(clips)
    assert scores["ua"] == pytest.approx(np.mean([row["recall"] for row in scores["per_class"].values()]))
    assert scores["ua"] == pytest.approx(scores["wa"])  # every emotion has as many clips
    assert {"F", "M"} <= set(scores["gaps"]["sex"])
    assert set(scores["ua_by_fold"]) == {"1", "2", "3", "4", "5"}
    assert summary["uncertain"]["accuracy_of_answered"] >= 0.9
    assert summary["uncertain"]["accuracy_of_all"] == pytest.approx(scores["wa"])
    assert "robustness" not in summary
    answers = answers_of(clips, held_out, SIX_EMOTIONS)
    assert np.mean([answer.truth == answer.predicted for answer in answers]) == pytest.approx(scores["wa"])


def test_known_voices_disturbed_sounds_and_windows_are_scored_where_asked(tmp_path: Path) -> None:
    clips = people(10, 2)
    checks = Checks("nemo", adapted=True)
    outcomes = outcomes_of(clips, embeddings_of(clips, noise=0.5, habit=1.5), tmp_path, checks)
    held_out = calibrate_across(clips, outcomes, SIX_EMOTIONS, SigmoidCalibration.fit)
    summary = summarise(clips, outcomes, held_out, SIX_EMOTIONS, 0.75)
    adapted = summary["adapted_to_speaker"]["nemo"]
    assert adapted["all_clips"]["ua"] > adapted["cold"]["ua"] + 0.1
    assert adapted["cold"]["ua"] == pytest.approx(summary["corpora"]["nemo"]["ua"])
    assert set(summary["robustness"]["conditions"]) == set(CONDITIONS)
    assert summary["robustness"]["clean"] == pytest.approx(summary["corpora"]["nemo"]["ua"])
    # The sounds are shorter than a window and carry what is heard in their first samples.
    assert summary["windows_3_s"]["one_window"] == pytest.approx(summary["windows_3_s"]["whole_clip"])


def test_agreement_with_listeners_shares_ties_out(tmp_path: Path) -> None:
    clips = [replace(clip, heard=("angry", "sad")) for clip in people(10, 1)]
    outcomes = outcomes_of(clips, embeddings_of(clips, noise=0.1), tmp_path)
    held_out = calibrate_across(clips, outcomes, SIX_EMOTIONS, SigmoidCalibration.fit)
    scores = summarise(clips, outcomes, held_out, SIX_EMOTIONS, 0.75)["corpora"]["nemo"]
    chosen = held_out.probabilities.argmax(axis=1)
    share = np.isin(chosen, [SIX_EMOTIONS.index_of("angry"), SIX_EMOTIONS.index_of("sad")]).mean() / 2
    assert scores["agreement_with_listeners"] == {"clips": len(clips), "wa": pytest.approx(share)}


def test_leaks_are_worth_something(tmp_path: Path) -> None:
    """Where speakers' habits drown the emotion, hearing the speaker before helps, and hearing the clip before more."""
    clips = people(12, 4)
    vectors = embeddings_of(clips, noise=0.6, habit=3.0)
    sounds = sounds_of(vectors, tmp_path)
    honest = leak_scores(clips, outcomes_of(clips, vectors, tmp_path), SIX_EMOTIONS)["nemo"]["ua"]
    found = []
    for split in (RandomSplit(), DoubledSplit()):
        learner = FirstSamples(clips, sounds)
        outcome = hold_out(learner, clips, sounds, split=split, label_set=LABEL_SETS["six"], checks=PLAIN)
        found.append(leak_scores(clips, [outcome], SIX_EMOTIONS)["nemo"]["ua"])
    assert honest < found[0] < found[1]
