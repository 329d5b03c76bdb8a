from __future__ import annotations

import re

import numpy as np
import pytest

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.text.features import FEATURE_NAMES, FEATURES, FeatureExtractor
from emotion_clf.text.lexicon import Lexicon
from emotion_clf.text.normalise import normalise
from tests.support.text_bundles import tiny_tfidf

EXTRACTOR = FeatureExtractor(Lexicon.shipped(), tiny_tfidf())


def features(text: str) -> dict[str, float]:
    return dict(zip(FEATURE_NAMES, EXTRACTOR.transform([normalise(text)])[0].tolist(), strict=True))


def test_there_are_42_and_the_page_describes_each() -> None:
    page = (PROJECT_DIR / "docs" / "text.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, flags=re.MULTILINE))
    assert len(FEATURE_NAMES) == len(set(FEATURE_NAMES)) == 42
    assert {name: rows.get(name) for name in FEATURE_NAMES} == FEATURES


@pytest.mark.parametrize(
    ("plain", "marked", "risen"),
    [
        ("I am happy.", "I am happy!!", "exclamation_marks"),
        ("You saw it.", "You saw it??", "question_marks"),
        ("I see.", "I see...", "ellipses"),
        ("one two", "one, two", "other_marks"),
        ("I said no", "I said NO", "shouted"),
        ("so good", "sooo good", "elongated"),
        ("I do like it", "I don't like it", "negations"),
        ("I am sad", "I am utterly sad", "intensifiers"),
        ("I am sad", "I am a bit sad", "downtoners"),
        ("they said it", "we said it", "first_person"),
        ("they said it", "you said it", "second_person"),
        ("we said this", "we said it", "third_person"),
        ("he is here", "is he here", "asks"),
        ("he is here", "he is here?", "asks"),
        ("one two", "one two three", "length"),
        ("a cat", "a crocodile", "word_length"),
        ("I am sad", "um, I am sad", "fillers"),
        ("I am sad", "I am sad :(", "emoticons"),
        ("I am sad", "I am sad \U0001f602", "emoticons"),
        ("no no no", "no yes so", "variety"),
        ("the table", "the angry table", "lexicon_anger"),
        ("the table", "the happy table", "lexicon_joy"),
        ("go there", "the house stands on the hill", "share_nouns"),
        ("the red house", "she sings and dances", "share_verbs"),
        ("the house", "the red house", "share_adjectives"),
        ("the house", "the house quickly", "share_adverbs"),
        ("the house", "she saw him", "share_pronouns"),
        ("the house", "oh wow", "share_interjections"),
    ],
)
def test_each_feature_rises_with_what_it_counts(plain: str, marked: str, risen: str) -> None:
    assert features(marked)[risen] > features(plain)[risen]


def test_the_projections_are_those_of_the_words() -> None:
    found = EXTRACTOR.transform(["happy news", "angry"])[:, :8]
    np.testing.assert_allclose(found, tiny_tfidf().project(["happy news", "angry"]), rtol=1e-6)
    assert found.any(axis=1).all()


@pytest.mark.parametrize("text", ["", "!!!", "\U0001f602", "\u4eca\u65e5\u306f", "x" * 10_000, "'", "1 2 3"])
def test_every_value_is_finite(text: str) -> None:
    found = EXTRACTOR.transform([normalise(text)])
    assert found.shape == (1, 42)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_no_text_is_no_row_and_rows_keep_their_order() -> None:
    assert EXTRACTOR.transform([]).shape == (0, 42)
    texts = ["I am happy!", "", "they are angry"]
    together = EXTRACTOR.transform(texts)
    for row, text in enumerate(texts):
        np.testing.assert_allclose(together[row], EXTRACTOR.transform([text])[0], rtol=1e-6)
