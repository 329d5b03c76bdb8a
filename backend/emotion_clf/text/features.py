"""The 42 linguistic features of a sentence: what can be named, counted and shown, beside what an encoder feels."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from math import log1p
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.text.lexicon import COLUMNS
from emotion_clf.text.pictures import picture_name
from emotion_clf.text.tags import TAG_GROUPS, tag_groups
from emotion_clf.text.tfidf import PROJECTIONS
from emotion_clf.text.words import (
    ASKING,
    DOWNTONER_PHRASES,
    DOWNTONERS,
    ELONGATED,
    FILLERS,
    FIRST_PERSON,
    HEDGES,
    INTENSIFIERS,
    SECOND_PERSON,
    THIRD_PERSON,
    is_negation,
    is_shouted,
    stem_of,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from emotion_clf.text.lexicon import Lexicon
    from emotion_clf.text.tfidf import Tfidf

_ELLIPSIS: Final = re.compile(r"\.{2,}|…")
_OTHER_MARKS: Final = re.compile(r"[,;:()\"\-]")
_EMOTICON: Final = re.compile(
    r"(?<![^\W_])"
    r"(?:[:;=]['^-]?[)(\]\[dDpPoO/\\|3*]+|<3+|\^_*\^|[dD]:|[xX]D+|[oO]_[oO])"
    r"(?![^\W_])"
)
# The faces, gestures, and hearts among Unicode's emoji; those named by one word are words.
_PICTURES: Final = ((0x1F600, 0x1F64F), (0x1F910, 0x1F92F), (0x1F970, 0x1F97A), (0x1F493, 0x1F49F), (0x2763, 0x2764))

FEATURES: Final[dict[str, str]] = {
    **{
        f"tfidf_{number}": f"The sentence's words along direction {number} of those in which the words of the training "
        "texts vary most (truncated SVD of TF-IDF)."
        for number in range(1, PROJECTIONS + 1)
    },
    **{f"lexicon_{name}": f"Share of words the lexicon lists under {name}." for name in COLUMNS},
    **{f"share_{group}": f"Share of words tagged as {name}." for group, name in TAG_GROUPS.items()},
    "exclamation_marks": "Exclamation marks, as log(1 + count).",
    "question_marks": "Question marks, as log(1 + count).",
    "ellipses": "Ellipses, as log(1 + count).",
    "other_marks": "Commas, colons, semicolons, dashes, brackets and quotes for each word.",
    "shouted": "Share of words of two letters and more in capitals.",
    "elongated": 'Words with a letter three times in a row ("soooo"), as log(1 + count).',
    "negations": 'Words that deny ("not", "never", "don\'t"), as log(1 + count).',
    "intensifiers": 'Words that raise a degree ("very", "so", "utterly"), as log(1 + count).',
    "downtoners": 'Words and phrases that lower a degree or a certainty ("a bit", "somewhat", "I guess"), as '
    "log(1 + count).",
    "first_person": "Share of words that are pronouns of the first person.",
    "second_person": "Share of words that are pronouns of the second person.",
    "third_person": "Share of words that are pronouns of the third person.",
    "asks": "1 where the sentence ends in a question mark or begins as a question does, else 0.",
    "length": "Words, as log(1 + count).",
    "word_length": "Mean letters of a word, divided by 10.",
    "fillers": 'Sounds and phrases of hesitation ("um", "you know"), as log(1 + count).',
    "emoticons": "Emoticons, and emoji by the names they were given, as log(1 + count).",
    "variety": "Different words divided by words; 1 where none is said twice.",
}
FEATURE_NAMES: Final = tuple(FEATURES)


@dataclass(frozen=True, slots=True, eq=False)
class FeatureExtractor:
    """Computes the features of `FEATURES`.

    Attributes:
        lexicon: words and the feelings they carry.
        tfidf: statistics of words.
    """

    lexicon: Lexicon
    tfidf: Tfidf

    def transform(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """The features of n normalised texts, of shape (n, 42), in the order of `FEATURE_NAMES`.

        They are not standardised: whoever learns from them does that. Every value is finite, an empty text's too.
        """
        if not texts:
            return np.zeros((0, len(FEATURE_NAMES)), dtype=np.float32)
        counted = np.array([self._counted(text) for text in texts], dtype=np.float32)
        return np.hstack([self.tfidf.project(texts), counted])

    def _counted(self, text: str) -> list[float]:
        """All but the projections, in the order of `FEATURES`."""
        words = words_of(text)
        total = max(len(words), 1)
        stems = [stem_of(word) for word in words]
        groups = tag_groups(text)
        return [
            *(self.lexicon.counts_of(words) / total),
            *(groups[group] / max(groups.total(), 1) for group in TAG_GROUPS),
            *_marks(text, total),
            sum(map(is_shouted, words)) / total,
            log1p(sum(1 for word in words if ELONGATED.search(word))),
            *_degrees(text, stems),
            *(_share(stems, pronouns) for pronouns in (FIRST_PERSON, SECOND_PERSON, THIRD_PERSON)),
            float(text.rstrip("\"') ").endswith("?") or (bool(words) and words[0].lower() in ASKING)),
            log1p(len(words)),
            sum(map(len, words)) / total / 10,
            log1p(len(FILLERS.findall(text))),
            log1p(len(_EMOTICON.findall(text)) + _pictures(text)),
            len(set(stems)) / total,
        ]


def _marks(text: str, words: int) -> tuple[float, ...]:
    return (
        log1p(text.count("!")),
        log1p(text.count("?")),
        log1p(len(_ELLIPSIS.findall(text))),
        len(_OTHER_MARKS.findall(text)) / words,
    )


def _degrees(text: str, stems: Sequence[str]) -> tuple[float, ...]:
    """Negations, intensifiers and downtoners."""
    lowered = sum(stem in DOWNTONERS for stem in stems)
    lowered += len(DOWNTONER_PHRASES.findall(text)) + len(HEDGES.findall(text))
    return (
        log1p(sum(map(is_negation, stems))),
        log1p(sum(stem in INTENSIFIERS for stem in stems)),
        log1p(lowered),
    )


def _share(stems: Sequence[str], wanted: frozenset[str]) -> float:
    return sum(stem in wanted for stem in stems) / max(len(stems), 1)


def _pictures(text: str) -> int:
    """How many names of emoji a normalised text holds."""
    return len(_picture_names().findall(text))


@cache
def _picture_names() -> re.Pattern[str]:
    characters = (chr(code) for first, last in _PICTURES for code in range(first, last + 1))
    names = {picture_name(character) for character in characters if unicodedata.category(character) == "So"}
    spelt = sorted((name for name in names if " " in name), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, spelt)) + r")\b")
