"""A sentence longer than a model reads at once → parts that it reads whole, and their scores → one score."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from emotion_clf.text.split import split_sentences
from emotion_clf.text.taxonomy import EMOTIONS, NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Scores = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Parts:
    """Sentences in parts, each of which fits.

    Attributes:
        texts: the parts in the order of the sentences; a sentence that fits is one part.
        owners: number of the sentence each belongs to.
    """

    texts: list[str]
    owners: list[int]

    @property
    def starts(self) -> list[int]:
        """Where the parts of each sentence begin."""
        return [0, *(place for place, (one, other) in enumerate(pairwise(self.owners), start=1) if one != other)]

    def strongest(self, scores: Scores) -> Scores:
        """Return one row for each sentence: its strongest score for each label over its parts.

        A feeling is in a sentence where it is in any part of it. Neutral is the absence of all, so its score is that of
        the least neutral part.
        """
        if len(self.texts) == self.owners[-1] + 1:
            return scores
        found = np.maximum.reduceat(scores, self.starts, axis=0)
        neutral = EMOTIONS.index(NEUTRAL) if scores.shape[1] == len(EMOTIONS) else -1
        found[:, neutral] = np.minimum.reduceat(scores[:, neutral], self.starts)
        return np.asarray(found)


def in_parts(sentences: Sequence[str], fits: Callable[[str], bool]) -> Parts:
    """Take apart the sentences that are too long: between the sentences in them, else in halves, between words.

    Args:
        sentences: readable texts.
        fits: tells whether a model reads all of a text.
    """
    texts: list[str] = []
    owners: list[int] = []
    for owner, sentence in enumerate(sentences):
        parts = [sentence] if fits(sentence) else _taken_apart(sentence, fits)
        texts += parts
        owners += [owner] * len(parts)
    return Parts(texts, owners)


def _taken_apart(text: str, fits: Callable[[str], bool]) -> list[str]:
    return [half for sentence in split_sentences(text) for half in _halves(sentence, fits)]


def _halves(text: str, fits: Callable[[str], bool]) -> list[str]:
    """Return a text in halves of halves, until each fits."""
    waiting, found = [text], []
    while waiting:
        part = waiting.pop()
        if len(part) == 1 or fits(part):
            found.append(part)
            continue
        middle = part.rfind(" ", 1, len(part) // 2 + 1)
        middle = middle if middle > 0 else len(part) // 2
        waiting += [half for half in (part[middle:].strip(), part[:middle].strip()) if half]
    return found
