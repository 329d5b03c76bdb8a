"""The name of a speaker before a colon, as chats and transcripts write it."""

from __future__ import annotations

import re
from typing import Final

from emotion_clf.text.lexicon import Lexicon
from emotion_clf.text.tags import tagged

_TIME: Final = r"(?:[\[(]?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?:[.,]\d{1,3})?(?: ?[ap]m)?[\])]?[ \t]?-?[ \t]?)"
_DATE: Final = r"(?:\[?\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?[ \t])"
_NAME: Final = r"[A-Z][\w'.-]{0,29}"
_LABEL: Final = re.compile(
    rf"(?:{_DATE}?{_TIME})?"
    rf"(?P<name>{_NAME}(?:[ \t](?:{_NAME}|\d{{1,3}}|(?:de|van|von|la)\b)){{0,3}}|<{_NAME}>|\[{_NAME}\])"
    r"(?:[ \t]?\([\w .-]{1,30}\))?[ \t]?:(?=\s)\s*(?=\S)"
)
_NO_NAMES: Final = ("JJ", "RB", "VBG", "VBN", "VBD")


def label_of(line: str, start: int = 0) -> tuple[str, int] | None:
    """Return the name of a line's speaker and where what is said begins; None where no name is given.

    "Hope: I am furious." is said by Hope. "Disgusting: nobody came." names nobody: an adjective, adverb or participle
    that carries a feeling is part of what is said.
    """
    found = _LABEL.match(line, start)
    if found is None:
        return None
    name = found["name"].strip("<>[]")
    return None if _carries_feeling(name) else (name, found.end())


def without_label(line: str) -> str:
    """Return a line without the name of its speaker."""
    start = 0
    while label := label_of(line, start):
        start = label[1]
    return line[start:]


def _carries_feeling(name: str) -> bool:
    word = name.lower()
    if word not in Lexicon.shipped().columns_of:
        return False
    return any(tag.startswith(_NO_NAMES) for _, tag in tagged(word))
