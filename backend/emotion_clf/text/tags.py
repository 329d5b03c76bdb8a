"""Parts of speech, by the tagger and word list inside textblob: nothing is downloaded."""

from __future__ import annotations

import re
import threading
import warnings
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

TAG_GROUPS: Final[dict[str, str]] = {
    "nouns": "nouns",
    "verbs": "verbs and modal verbs",
    "adjectives": "adjectives",
    "adverbs": "adverbs",
    "pronouns": "pronouns",
    "interjections": "interjections",
}
_GROUP_OF: Final = {
    "NN": "nouns",
    "VB": "verbs",
    "MD": "verbs",
    "JJ": "adjectives",
    "RB": "adverbs",
    "WRB": "adverbs",
    "PRP": "pronouns",
    "WP": "pronouns",
    "UH": "interjections",
}
# The tagger's word list takes contractions apart: do n't, I 'm.
_PIECE: Final = re.compile(r"\w+(?=n't\b)|n't\b|'(?:m|s|re|ve|ll|d)\b|[^\W_]+(?:-[^\W_]+)*|[^\w\s]", re.IGNORECASE)
_LOADING: Final = threading.Lock()


def tag_groups(text: str) -> Counter[str]:
    """How many words of a normalised text belong to each of `TAG_GROUPS`, the rest under an empty name."""
    return Counter(_group(tag) for piece, tag in tagged(text) if piece[-1].isalnum())


def tagged(text: str) -> list[tuple[str, str]]:
    """The words and marks of a normalised text, each with its tag of the Penn Treebank; contractions taken apart."""
    pieces = _PIECE.findall(text)
    return [(piece, tag) for piece, tag in _tagger()(pieces)] if pieces else []


def word_list() -> Collection[str]:
    """Return the tagger's English words; those it knows in lower case alone are no names."""
    from textblob.en import parser

    _tagger()  # has the list read by one thread
    words: Collection[str] = parser.lexicon
    return words


def _group(tag: str) -> str:
    return _GROUP_OF.get(tag) or _GROUP_OF.get(tag[:2], "")


def _tagger() -> Callable[[list[str]], Any]:
    with _LOADING:
        return _loaded_tagger()


@cache
def _loaded_tagger() -> Callable[[list[str]], Any]:
    """The tagger, its word lists read: they are read by its first use, which must not happen in two threads at once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves its word lists for the collector to close
        from textblob.en import parser

        parser.find_tags(["Hello", "there"])
    find_tags: Callable[[list[str]], Any] = parser.find_tags
    return find_tags
