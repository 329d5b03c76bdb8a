from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.settings import Settings
from emotion_clf.text.model import TextModel
from emotion_clf.text.parts import in_parts
from emotion_clf.text.taxonomy import EMOTIONS
from tests.support.text_bundles import make_text_bundle


@given(st.lists(st.text(st.sampled_from("ab .!?\u00e9"), max_size=80)), st.integers(1, 20))
def test_parts_fit_and_lose_no_letter(sentences: list[str], most: int) -> None:
    parts = in_parts(sentences, lambda text: len(text) <= most)
    assert all(len(part) <= most for part in parts.texts)
    for owner, sentence in enumerate(sentences):
        own = [part for part, whose in zip(parts.texts, parts.owners, strict=True) if whose == owner]
        assert "".join("".join(own).split()) == "".join(sentence.split())


def test_the_strongest_part_of_a_sentence_counts() -> None:
    parts = in_parts(["a. b.", "c"], lambda text: len(text) < 3)
    scores = np.arange(len(EMOTIONS) * 3, dtype=float).reshape(3, -1)
    found = parts.strongest(scores)
    neutral = EMOTIONS.index("neutral")
    assert found[0, neutral] == scores[0, neutral]
    assert np.delete(found[0], neutral).tolist() == np.delete(scores[1], neutral).tolist()
    assert found[1].tolist() == scores[2].tolist()


@pytest.mark.parametrize("between", [" ", ". ", ", ", "\u2009"])
def test_the_end_of_a_long_sentence_is_read(tmp_path: Path, between: str) -> None:
    make_text_bundle(tmp_path)
    model = TextModel(tmp_path / "tiny-text", Settings())
    long = between.join(["the news"] * (2 * model.manifest.encoder.max_tokens))
    plain, angry = model.predict([long, f"{long} I am so angry!"], context=False)
    assert plain.emotion == "neutral"
    assert angry.emotion == "anger"
    assert angry.text.endswith("angry!")


def test_a_word_without_end_is_read_too(tmp_path: Path) -> None:
    make_text_bundle(tmp_path)
    model = TextModel(tmp_path / "tiny-text", Settings())
    (answer,) = model.predict(["a.b" * 3000 + " angry"])
    assert answer.emotion == "anger"
