"""How often words and letters occur: TF-IDF, its projections, and a linear model over it.

The statistics are stored as numbers, not as a pickled scikit-learn object: terms and inverse document frequencies,
projections, and the weights of one linear classifier for each label in 8 bits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.errors import ModelError
from emotion_clf.text.taxonomy import EMOTIONS, SUB_EMOTION_LABELS

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

PROJECTIONS: Final = 8
TERMS_NAME: Final = "tfidf.json"
NUMBERS_NAME: Final = "tfidf.safetensors"
WORD_OPTIONS: Final[dict[str, Any]] = {
    "ngram_range": (1, 2),
    "sublinear_tf": True,
    "token_pattern": r"(?u)\b\w+\b|[^\w\s]",
}
CHARACTER_OPTIONS: Final[dict[str, Any]] = {"analyzer": "char_wb", "ngram_range": (3, 5), "sublinear_tf": True}
_LARGEST: Final = 127  # of a signed byte
_LEAST_WEIGHT: Final = 1e-9  # so that a column of zeros has a scale


@dataclass(frozen=True, eq=False)
class Tfidf:
    """Statistics of the terms of a corpus and what was learnt over them.

    Attributes:
        word_terms: words and pairs of words, as scikit-learn joins them.
        word_idf: (words,) inverse document frequency of each.
        char_terms: three to five letters within a word.
        char_idf: (characters,) the same.
        projection: (words, 8) directions most of the words' variance lies in.
        emotion_weights: (words + characters, 7) of the linear classifier of each emotion.
        emotion_bias: (7,).
        sub_emotion_weights: (words + characters, 28).
        sub_emotion_bias: (28,).
    """

    word_terms: tuple[str, ...]
    word_idf: Floats
    char_terms: tuple[str, ...]
    char_idf: Floats
    projection: Floats
    emotion_weights: Floats
    emotion_bias: Floats
    sub_emotion_weights: Floats
    sub_emotion_bias: Floats

    def __post_init__(self) -> None:
        """Check that the parts fit together.

        Raises:
            ValueError: they do not.
        """
        words, terms = len(self.word_terms), len(self.word_terms) + len(self.char_terms)
        expected = {
            "word_idf": (words,),
            "char_idf": (terms - words,),
            "projection": (words, PROJECTIONS),
            "emotion_weights": (terms, len(EMOTIONS)),
            "emotion_bias": (len(EMOTIONS),),
            "sub_emotion_weights": (terms, len(SUB_EMOTION_LABELS)),
            "sub_emotion_bias": (len(SUB_EMOTION_LABELS),),
        }
        for name, shape in expected.items():
            found = getattr(self, name).shape
            if found != shape:
                raise ValueError(f"{name} has the shape {found}, not {shape}")

    def matrix(self, texts: Sequence[str]) -> Any:
        """Sparse rows (n, words + characters), each of the two blocks of length 1.

        Args:
            texts: n normalised texts.
        """
        from scipy.sparse import hstack

        blocks = [self._words.transform(texts), self._characters.transform(texts)]
        return hstack(blocks, format="csr")

    def margins(self, texts: Sequence[str]) -> tuple[Floats, Floats]:
        """What the linear classifiers say, above 0 for yes: (n, 7) of emotions and (n, 28) of sub-emotions.

        Args:
            texts: n normalised texts.
        """
        rows = self.matrix(texts)
        return (
            np.asarray(rows @ self.emotion_weights + self.emotion_bias, dtype=np.float32),
            np.asarray(rows @ self.sub_emotion_weights + self.sub_emotion_bias, dtype=np.float32),
        )

    def project(self, texts: Sequence[str]) -> Floats:
        """The words' block of `matrix` along the 8 directions, (n, 8)."""
        return np.asarray(self._words.transform(texts) @ self.projection, dtype=np.float32)

    def save(self, folder: Path) -> None:
        """Write `tfidf.json` and `tfidf.safetensors`; weights lose all but 8 bits, the rest all but 16."""
        from safetensors.numpy import save_file

        terms = {"words": self.word_terms, "characters": self.char_terms}
        (folder / TERMS_NAME).write_text(json.dumps(terms, ensure_ascii=False) + "\n", encoding="utf-8")
        numbers: dict[str, npt.NDArray[Any]] = {
            name: getattr(self, name).astype(np.float16) for name in ("word_idf", "char_idf", "projection")
        }
        for name in ("emotion", "sub_emotion"):
            weights, scale = _to_bytes(getattr(self, f"{name}_weights"))
            numbers |= {f"{name}_weights": weights, f"{name}_scale": scale}
            numbers[f"{name}_bias"] = getattr(self, f"{name}_bias").astype(np.float32)
        save_file({name: np.ascontiguousarray(array) for name, array in numbers.items()}, folder / NUMBERS_NAME)

    @classmethod
    def load(cls, folder: Path) -> Tfidf:
        """Read what `save` wrote.

        Raises:
            ModelError: a file is missing, or they do not fit together.
        """
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            terms = json.loads((folder / TERMS_NAME).read_text(encoding="utf-8"))
            numbers = load_file(folder / NUMBERS_NAME)
            return cls(
                word_terms=tuple(terms["words"]),
                char_terms=tuple(terms["characters"]),
                **{name: numbers[name].astype(np.float32) for name in ("word_idf", "char_idf", "projection")},
                **{f"{name}_weights": _from_bytes(numbers, name) for name in ("emotion", "sub_emotion")},
                **{f"{name}_bias": numbers[f"{name}_bias"] for name in ("emotion", "sub_emotion")},
            )
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise ModelError(
                f"The word statistics of the text model '{folder.name}' cannot be read. Install the model again."
            ) from error

    @cached_property
    def _words(self) -> Any:
        return _vectoriser(self.word_terms, self.word_idf, WORD_OPTIONS)

    @cached_property
    def _characters(self) -> Any:
        return _vectoriser(self.char_terms, self.char_idf, CHARACTER_OPTIONS)


def _vectoriser(terms: Sequence[str], idf: Floats, options: dict[str, Any]) -> Any:
    """scikit-learn's vectoriser as it was when fitted."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectoriser = TfidfVectorizer(
        **options, vocabulary={term: index for index, term in enumerate(terms)}, dtype=np.float32
    )
    vectoriser.idf_ = idf
    return vectoriser


def _to_bytes(weights: Floats) -> tuple[npt.NDArray[np.int8], Floats]:
    """Weights as whole numbers of [-127, 127], and what one of them is worth in each column."""
    scale = np.maximum(np.abs(weights).max(axis=0), _LEAST_WEIGHT) / _LARGEST
    return np.rint(weights / scale).astype(np.int8), scale.astype(np.float32)


def _from_bytes(numbers: dict[str, npt.NDArray[Any]], name: str) -> Floats:
    weights: Floats = numbers[f"{name}_weights"].astype(np.float32) * numbers[f"{name}_scale"]
    return weights
