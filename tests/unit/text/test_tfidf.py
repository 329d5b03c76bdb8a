from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from emotion_clf.errors import ModelError
from emotion_clf.text.tfidf import CHARACTER_OPTIONS, NUMBERS_NAME, TERMS_NAME, WORD_OPTIONS, Tfidf
from tests.support.text_bundles import tiny_tfidf

TEXTS = ["I am so happy!", "you are angry, really", "I am afraid of you", "happy happy news", "!", ""]


def fitted() -> tuple[Tfidf, np.ndarray]:
    words, characters = TfidfVectorizer(**WORD_OPTIONS).fit(TEXTS), TfidfVectorizer(**CHARACTER_OPTIONS).fit(TEXTS)
    rng = np.random.default_rng(0)
    count = len(words.idf_) + len(characters.idf_)
    tfidf = Tfidf(
        word_terms=tuple(words.get_feature_names_out()),
        word_idf=words.idf_.astype(np.float32),
        char_terms=tuple(characters.get_feature_names_out()),
        char_idf=characters.idf_.astype(np.float32),
        projection=rng.normal(size=(len(words.idf_), 8)).astype(np.float32),
        emotion_weights=rng.normal(size=(count, 7)).astype(np.float32),
        emotion_bias=rng.normal(size=7).astype(np.float32),
        sub_emotion_weights=rng.normal(size=(count, 28)).astype(np.float32),
        sub_emotion_bias=rng.normal(size=28).astype(np.float32),
    )
    return tfidf, hstack([words.transform(TEXTS), characters.transform(TEXTS)]).toarray()


def test_rows_are_those_of_the_fitted_vectorisers() -> None:
    tfidf, expected = fitted()
    np.testing.assert_allclose(tfidf.matrix(TEXTS).toarray(), expected, atol=1e-6)
    emotions, sub_emotions = tfidf.margins(TEXTS)
    np.testing.assert_allclose(emotions, expected @ tfidf.emotion_weights + tfidf.emotion_bias, atol=1e-5)
    assert (emotions.shape, sub_emotions.shape, tfidf.project(TEXTS).shape) == ((6, 7), (6, 28), (6, 8))


def test_what_is_saved_is_what_is_loaded_to_eight_bits(tmp_path: Path) -> None:
    tfidf, _ = fitted()
    tfidf.save(tmp_path)
    loaded = Tfidf.load(tmp_path)
    assert (loaded.word_terms, loaded.char_terms) == (tfidf.word_terms, tfidf.char_terms)
    step = np.abs(tfidf.emotion_weights).max(axis=0) / 127
    assert (np.abs(loaded.emotion_weights - tfidf.emotion_weights) <= 0.51 * step).all()
    np.testing.assert_allclose(loaded.margins(TEXTS)[1], tfidf.margins(TEXTS)[1], atol=0.15)
    np.testing.assert_allclose(loaded.project(TEXTS), tfidf.project(TEXTS), atol=0.01)
    loaded.save(tmp_path)
    np.testing.assert_allclose(Tfidf.load(tmp_path).emotion_weights, loaded.emotion_weights, atol=1e-6)


def test_a_column_of_zeros_stays_one(tmp_path: Path) -> None:
    tfidf, _ = fitted()
    replace(tfidf, emotion_weights=np.zeros_like(tfidf.emotion_weights)).save(tmp_path)
    assert not Tfidf.load(tmp_path).emotion_weights.any()


def test_parts_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    tfidf = tiny_tfidf()
    with pytest.raises(ValueError, match="word_idf has the shape"):
        replace(tfidf, word_idf=np.ones(3, dtype=np.float32))
    tfidf.save(tmp_path)
    (tmp_path / TERMS_NAME).write_text('{"words": ["a"], "characters": []}', encoding="utf-8")
    with pytest.raises(ModelError, match="Install the model again"):
        Tfidf.load(tmp_path)
    (tmp_path / NUMBERS_NAME).write_bytes(b"no numbers")
    with pytest.raises(ModelError, match="Install the model again"):
        Tfidf.load(tmp_path)
    with pytest.raises(ModelError, match="Install the model again"):
        Tfidf.load(tmp_path / "nowhere")
