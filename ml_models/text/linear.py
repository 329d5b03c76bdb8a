"""The linear model: TF-IDF of words and characters, one support vector machine for each label."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.text.tfidf import CHARACTER_OPTIONS, PROJECTIONS, WORD_OPTIONS, Tfidf

if TYPE_CHECKING:
    import numpy.typing as npt

    from ml_models.text.examples import Examples
    from ml_models.text.recipe import LinearRecipe

_LEAST_TEXTS_WORD: Final = 3
_LEAST_TEXTS_CHARACTERS: Final = 10


def fit_linear(examples: Examples, recipe: LinearRecipe, seed: int) -> Tfidf:
    """Fit the statistics of words and characters, their projections, and the machines.

    Args:
        examples: training texts.
        recipe: sizes and penalty.
        seed: of the projections and of the machines' order.
    """
    from scipy.sparse import hstack
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    words = TfidfVectorizer(**WORD_OPTIONS, min_df=_LEAST_TEXTS_WORD, max_features=recipe.word_terms)
    characters = TfidfVectorizer(
        **CHARACTER_OPTIONS, min_df=_LEAST_TEXTS_CHARACTERS, max_features=recipe.character_terms
    )
    by_word = words.fit_transform(examples.texts)
    matrix = hstack([by_word, characters.fit_transform(examples.texts)]).tocsr()
    projections = min(PROJECTIONS, by_word.shape[1] - 1)
    projection = np.zeros((by_word.shape[1], PROJECTIONS), dtype=np.float32)
    projection[:, :projections] = TruncatedSVD(projections, random_state=seed).fit(by_word).components_.T
    emotion_weights, emotion_bias = _machines(matrix, examples.emotions, recipe, seed)
    sub_weights, sub_bias = _machines(matrix, examples.sub_emotions, recipe, seed)
    return Tfidf(
        word_terms=tuple(words.get_feature_names_out()),
        word_idf=words.idf_.astype(np.float32),
        char_terms=tuple(characters.get_feature_names_out()),
        char_idf=characters.idf_.astype(np.float32),
        projection=projection,
        emotion_weights=emotion_weights,
        emotion_bias=emotion_bias,
        sub_emotion_weights=sub_weights,
        sub_emotion_bias=sub_bias,
    )


def _machines(
    matrix: object, labels: npt.NDArray[np.float32], recipe: LinearRecipe, seed: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights (terms, labels) and bias (labels); a label nobody has in training is always refused."""
    from sklearn.svm import LinearSVC

    weights = np.zeros((matrix.shape[1], labels.shape[1]), dtype=np.float32)  # type: ignore[attr-defined]
    bias = np.full(labels.shape[1], -1.0, dtype=np.float32)
    for column in range(labels.shape[1]):
        if 0 < labels[:, column].sum() < len(labels):
            machine = LinearSVC(C=recipe.penalty, random_state=seed).fit(matrix, labels[:, column])
            weights[:, column], bias[column] = machine.coef_[0], machine.intercept_[0]
    return weights, bias
