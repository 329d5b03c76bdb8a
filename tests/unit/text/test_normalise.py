from __future__ import annotations

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.text.normalise import normalise


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("  two \t lines\n here ", "two lines here"),
        ("I\u2019m \u201cfine\u201d", 'I\'m "fine"'),
        ("[NAME] is of [RELIGION]", "name is of religion"),
        ("lol \U0001f602", "lol tears of joy"),
        ("\U0001f62d\U0001f62d", "loudly crying loudly crying"),
        ("\u2764\ufe0f", "heavy black heart"),
        ("\U0001f469\u200d\U0001f680", "woman astronaut"),
        ("\U0001f44d\U0001f3fd", "thumbs up sign"),
        ("caf\u00e9 at 20 \u00b0C \u2026 na\u00efve", "caf\u00e9 at 20 \u00b0C \u2026 na\u00efve"),
        ("\u4eca\u65e5\u306f", "\u4eca\u65e5\u306f"),
        ("", ""),
    ],
)
def test_what_the_models_read(text: str, read: str) -> None:
    assert normalise(text) == read


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_normalised_stays(text: str) -> None:
    once = normalise(text)
    assert normalise(once) == once


def test_every_character_there_is_can_be_read() -> None:
    text = "".join(map(chr, range(sys.maxunicode + 1)))
    assert len(normalise(text)) > sys.maxunicode // 2
