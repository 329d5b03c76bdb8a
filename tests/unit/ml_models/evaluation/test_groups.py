from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ml_models.evaluation.groups import gaps
from ml_models.evaluation.metrics import confusion, unweighted_accuracy
from tests.unit.ml_models.evaluation.examples import people

CLIPS = people(5, 6)
ANSWERS = hnp.arrays(np.int64, len(CLIPS), elements=st.integers(0, 2))


@settings(max_examples=40, deadline=None)
@given(ANSWERS, ANSWERS)
def test_each_group_is_scored_by_its_own_clips_and_the_groups_part_the_clips(
    truth: np.ndarray, answer: np.ndarray
) -> None:
    found = gaps(CLIPS, truth, answer, 3)["sex"]
    largest = found.pop("largest_gap")
    assert set(found) == {"F", "M"}
    assert sum(group["clips"] for group in found.values()) == len(CLIPS)
    for sex, group in found.items():
        mine = np.array([clip.sex == sex for clip in CLIPS])
        assert group["ua"] == unweighted_accuracy(confusion(truth[mine], answer[mine], 3))
        assert 0.0 <= group["ua_interval"][0] <= group["ua_interval"][1] <= 1.0
    assert largest == abs(found["F"]["ua"] - found["M"]["ua"])


def test_ages_fall_into_bands_of_ten_years() -> None:
    clips = [replace(CLIPS[0], speaker=str(age), age=age) for age in (20, 29, 30, 74)]
    found = gaps(clips, np.array([0, 0, 0, 0]), np.array([0, 1, 0, 1]), 2)["age_band"]
    assert {name: group["clips"] for name, group in found.items() if name != "largest_gap"} == {
        "20-29": 2,
        "30-39": 1,
        "70-79": 1,
    }
    assert found["largest_gap"] == 1.0


def test_nobody_is_put_where_nothing_is_known() -> None:
    clips = [replace(clip, age=None, sex="") for clip in CLIPS]
    truth = np.zeros(len(clips), dtype=np.int64)
    found = gaps(clips, truth, truth, 2)
    assert (found["age_band"], found["sex"]) == ({}, {})
    half = [replace(clip, age=None) if clip.speaker.endswith("1") else clip for clip in CLIPS]
    bands = gaps(half, truth, truth, 2)["age_band"]
    assert sum(group["clips"] for name, group in bands.items() if name != "largest_gap") == len(CLIPS) - 6


def test_one_person_has_a_score_but_no_interval() -> None:
    clips = people(1, 6)
    truth = np.zeros(6, dtype=np.int64)
    found = gaps(clips, truth, truth, 2)["language"]
    assert found == {"en": {"clips": 6, "speakers": 1, "ua": 1.0}}


def test_one_group_has_nothing_to_differ_from() -> None:
    truth = np.zeros(len(CLIPS), dtype=np.int64)
    assert "largest_gap" not in gaps(CLIPS, truth, truth, 2)["language"]
    assert gaps(CLIPS, truth, truth, 2)["sex"]["largest_gap"] == pytest.approx(0.0)
