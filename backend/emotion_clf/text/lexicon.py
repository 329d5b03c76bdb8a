"""Words that carry a feeling: how many of each kind a sentence holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.errors import ModelError
from emotion_clf.text.words import stem_of, words_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import numpy.typing as npt

COLUMNS: Final = (
    "anger",
    "anticipation",
    "disgust",
    "fear",
    "joy",
    "sadness",
    "surprise",
    "trust",
    "positive",
    "negative",
)
SHIPPED_NAME: Final = "lexicon.tsv"
_EMOLEX_FIELDS: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """Words and the kinds of feeling they carry, in the shape of the NRC Emotion Lexicon (EmoLex).

    Attributes:
        columns_of: word in lower case → indices into `COLUMNS`.
    """

    columns_of: Mapping[str, tuple[int, ...]]

    def counts(self, text: str) -> npt.NDArray[np.float32]:
        """How many words of a normalised text are in each column, of shape (10,).

        A word counts in every column it is in; one that stands in the lexicon without an ending contracted to it
        ("I'm", "mother's") counts too.
        """
        return self.counts_of(words_of(text))

    def counts_of(self, words: Iterable[str]) -> npt.NDArray[np.float32]:
        """The same of a text that has been taken into words."""
        counts = np.zeros(len(COLUMNS), dtype=np.float32)
        for word in words:
            for column in self.columns_of.get(stem_of(word), ()):
                counts[column] += 1
        return counts

    @classmethod
    def shipped(cls) -> Lexicon:
        """The lexicon that comes with the product, derived from GoEmotions; free for any use with attribution."""
        return cls(_shipped())

    @classmethod
    def read_emolex(cls, path: Path) -> Lexicon:
        """Read a user's own copy of EmoLex, "NRC-Emotion-Lexicon-Wordlevel-v0.92.txt".

        Args:
            path: a tab-separated file of word, emotion and 0 or 1, as its authors distribute it. It may not be passed
                on, so none is shipped.

        Raises:
            ModelError: the file cannot be read, or is no such file.
        """
        try:
            return cls(_gathered(_read_long(path.read_text(encoding="utf-8-sig"))))
        except (OSError, ValueError) as error:
            raise ModelError(
                "The lexicon named by EMOLEX_PATH cannot be read. It must be a tab-separated file of word, emotion, "
                "and 0 or 1; unset it to use the lexicon shipped."
            ) from error


@cache
def _shipped() -> dict[str, tuple[int, ...]]:
    path = Path(__file__).parent / "data" / SHIPPED_NAME
    return _read_wide(path.read_text(encoding="utf-8"))


def _read_wide(text: str) -> dict[str, tuple[int, ...]]:
    head, *rows = text.splitlines()
    if head.split("\t") != ["word", *COLUMNS]:
        raise ValueError("another head line")
    found = {}
    for row in rows:
        word, *flags = row.split("\t")
        if len(flags) != len(COLUMNS):
            raise ValueError("a row of another length")
        found[word] = tuple(index for index, flag in enumerate(flags) if int(flag))
    return found


def _read_long(text: str) -> Iterator[tuple[str, int]]:
    known = {name: index for index, name in enumerate(COLUMNS)}
    for row in filter(None, map(str.strip, text.splitlines())):
        fields = row.split("\t")
        if len(fields) != _EMOLEX_FIELDS or fields[1] not in known or fields[2] not in {"0", "1"}:
            raise ValueError("not word, emotion, 0 or 1")
        if fields[2] == "1":
            yield fields[0].lower(), known[fields[1]]


def _gathered(pairs: Iterable[tuple[str, int]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for word, column in pairs:
        found[word] = (*found.get(word, ()), column)
    if not found:
        raise ValueError("no word in it")
    return found
