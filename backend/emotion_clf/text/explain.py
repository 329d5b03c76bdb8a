"""The words of a sentence as a reader sees them, and the sentence without each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from emotion_clf.text.letters import APOSTROPHES
from emotion_clf.text.pictures import emoticons

MOST_WORDS: Final = 40  # the model reads the sentence once for each of them
_MOST_READ: Final = 8 * 1024  # bytes, of the sentence without each word together; an emoji is several tokens
# Words with their contractions, and emoji with what joins them; marks are no words.
_VISIBLE: Final = re.compile(
    rf"[^\W_]+(?:['{APOSTROPHES}-][^\W_]+)*|"
    r"[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff]"
    r"(?:[\ufe0f\U0001f3fb-\U0001f3ff]|\u200d[\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff])*"
)


@dataclass(frozen=True, slots=True)
class VisibleWord:
    """One word of a sentence.

    Attributes:
        word: as it stands.
        start: index of its first character.
        without: the sentence with the word left out, everything else as it was.
    """

    word: str
    start: int
    without: str


def visible_words(sentence: str) -> tuple[VisibleWord, ...]:
    """Return the first words, emoji and emoticons: `MOST_WORDS`, and fewer of a sentence that takes long to read."""
    most = min(MOST_WORDS, _MOST_READ // max(1, len(sentence.encode("utf-8", "replace"))))
    faces = emoticons(sentence)
    drawn = {place for start, end in faces for place in range(start, end)}
    words = (match.span() for match in _VISIBLE.finditer(sentence) if match.start() not in drawn)
    return tuple(
        VisibleWord(sentence[start:end], start, sentence[:start] + sentence[end:])
        for start, end in sorted((*faces, *words))[:most]
    )
