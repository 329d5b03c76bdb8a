from __future__ import annotations

import numpy as np
import pytest

from ml_models.text.augment import FILLERS, as_spoken, taken_apart


def test_speech_has_no_marks_no_capitals_and_some_fillers() -> None:
    generator = np.random.default_rng(0)
    text = " ".join(["Well, I DON'T know!"] * 200)
    spoken = as_spoken(text, generator)
    assert spoken == spoken.lower()
    assert not set(spoken) & set(",!.?")
    words = spoken.split()
    assert words.count("don't") == 200
    fillers = len(words) - 800
    assert 20 < fillers < 100
    assert any(f" {filler} " in spoken for filler in FILLERS if " " in filler)


def test_marks_alone_stay() -> None:
    assert as_spoken("?!", np.random.default_rng(0)) == "?!"


def test_the_longer_part_is_judged_and_the_other_is_its_neighbour() -> None:
    generator = np.random.default_rng(0)
    assert taken_apart("Short one. This here is the much longer sentence!", generator) == (
        "This here is the much longer sentence!",
        "Short one.",
        None,
    )
    assert taken_apart("This here is the much longer sentence! Short one.", generator) == (
        "This here is the much longer sentence!",
        None,
        "Short one.",
    )


@pytest.mark.parametrize("text", ["One sentence only", "Really?!", "Hm. 12", ""])
def test_one_sentence_has_no_neighbour(text: str) -> None:
    assert taken_apart(text, np.random.default_rng(0)) == (text, None, None)


def test_nothing_is_lost_by_taking_apart() -> None:
    text = "First thing. Second thing! Third thing? Fourth thing."
    for seed in range(20):
        judged, before, after = taken_apart(text, np.random.default_rng(seed))
        assert " ".join(part for part in (before, judged, after) if part) == text
