"""How strongly a feeling is said: a documented rule, because no free corpus has people's judgement of it.

A sub-emotion has a degree by itself, from its place on the scales of Plutchik's wheel (annoyance < anger < rage,
apprehension < fear < terror, pensiveness < sadness < grief, serenity < joy < ecstasy, acceptance < trust < admiration).
Words and marks of degree then raise or lower it. docs/text.md has the table and examples, which are tests.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from emotion_clf.text.lexicon import Lexicon
from emotion_clf.text.normalise import normalise
from emotion_clf.text.tags import tagged
from emotion_clf.text.taxonomy import INTENSITIES, Intensity
from emotion_clf.text.words import (
    DOWNTONER_PHRASES,
    DOWNTONERS,
    ELONGATED,
    FILLERS,
    HEDGES,
    INTENSIFIERS,
    STRONG,
    is_negation,
    is_shouted,
    stem_of,
    words_of,
)

# Disgust and surprise have no entry: GoEmotions has one label of disgust, and those of surprise are no degrees of it.
BASE: Final[dict[str, Intensity]] = {
    "annoyance": "mild",
    "disapproval": "mild",
    "anger": "moderate",
    "nervousness": "mild",
    "fear": "moderate",
    "disappointment": "mild",
    "embarrassment": "mild",
    "remorse": "moderate",
    "sadness": "moderate",
    "grief": "intense",
    "amusement": "mild",
    "approval": "mild",
    "caring": "mild",
    "gratitude": "mild",
    "optimism": "mild",
    "relief": "mild",
    "admiration": "moderate",
    "desire": "moderate",
    "excitement": "moderate",
    "joy": "moderate",
    "love": "moderate",
    "pride": "moderate",
}
MOST_STEPS: Final = 2

_CRIES: Final = re.compile(r"!\s*!|\?!|!\?")
_NOT_ELONGATED: Final = frozenset({"www", "iii", "xxx"})
# These raise a degree only before what has one: "so happy", not "so I left"; "too loud", not "me too".
_BEFORE_A_DEGREE: Final = frozenset({"so", "too"})
_HAS_DEGREE: Final = ("JJ", "RB", "VBN", "VBD", "VBG")
_NO_DEGREE: Final = frozenset({"far", "then", "not", "long"})


def intensity_of(sub_emotion: str | None, text: str) -> Intensity | None:
    """How strongly a sentence says its feeling.

    Args:
        sub_emotion: the label found in it; None for neutral.
        text: the sentence as it was written.

    Returns:
        The degree of the sub-emotion, a step higher for each kind of mark that raises it and a step lower for each that
        lowers it, two at most either way; None for neutral, disgust and surprise.
    """
    if sub_emotion not in BASE:
        return None
    steps = min(len(raising(text)), MOST_STEPS) - min(len(lowering(text)), MOST_STEPS)
    degree = INTENSITIES.index(BASE[sub_emotion]) + steps
    return INTENSITIES[min(max(degree, 0), len(INTENSITIES) - 1)]


def raising(text: str) -> tuple[str, ...]:
    """Which kinds of mark raise the degree of a sentence, each once: names of rows in docs/text.md."""
    text = DOWNTONER_PHRASES.sub(" ", normalise(text))  # "not very" lowers
    words = words_of(text)
    stems = [stem_of(word) for word in words]
    kinds = {
        "intensifier": any(stem in INTENSIFIERS - _BEFORE_A_DEGREE for stem in stems) or _so_or_too(text),
        "strong word": any(stem in STRONG for stem in stems),
        "capitals": _shouts(words),
        "exclamation": _CRIES.search(text) is not None,
        "elongation": any(map(_stretched, words)),
    }
    return tuple(kind for kind, found in kinds.items() if found)


def lowering(text: str) -> tuple[str, ...]:
    """Which kinds of mark lower it."""
    text = normalise(text)
    stems = {stem_of(word) for word in words_of(text)}
    kinds = {
        "downtoner": bool(stems & DOWNTONERS) or DOWNTONER_PHRASES.search(text) is not None,
        "hedge": HEDGES.search(text) is not None,
    }
    return tuple(kind for kind, found in kinds.items() if found)


def _so_or_too(text: str) -> bool:
    if not any(stem_of(word) in _BEFORE_A_DEGREE for word in words_of(text)):
        return False
    return any(
        piece in _BEFORE_A_DEGREE and tag.startswith(_HAS_DEGREE) and following not in _NO_DEGREE
        for (piece, _), (following, tag) in pairwise(tagged(text.lower()))
    )


def _shouts(words: list[str]) -> bool:
    """Capitals on a word with feeling, or on two words in a row: one alone may be an abbreviation."""
    if any(is_shouted(word) and _has_feeling(stem_of(word)) for word in words):
        return True
    return any(is_shouted(one) and is_shouted(other) for one, other in pairwise(words))


def _has_feeling(stem: str) -> bool:
    known = Lexicon.shipped().columns_of
    return stem in known or stem in STRONG or stem in INTENSIFIERS or is_negation(stem)


def _stretched(word: str) -> bool:
    if word.lower() in _NOT_ELONGATED or FILLERS.fullmatch(word):
        return False
    return ELONGATED.search(word) is not None
