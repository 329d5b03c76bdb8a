"""A text → its sentences, without a model: by stops, line breaks, quotes, abbreviations and emoji."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST_WORDS: Final = 40
_WRAPPED_AT: Final = 60  # characters; a longer line without a stop at its end goes on in the next one
_ELLIPSIS_AFTER: Final = 3  # words; after fewer, as in "Well... I see", an ellipsis is a pause
_PICTURES_AFTER: Final = 2  # words; after fewer, as in "I \u2764 New York", emoji stand for a word
_LOOK_BACK: Final = 200  # characters

_PICTURE: Final = "[\U0001f1e6-\U0001f1ff\U0001f300-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d]"
_OPEN_STOP: Final = "\u3002\uff01\uff1f\uff61\u0964\u06d4\u061f"  # stops of languages that put no space behind them
_BREAK: Final = re.compile(
    rf"(?P<stop>[.!?\u2026{_OPEN_STOP}]+)(?P<closing>[\"'\u201d\u2019\u00bb)\]\u300d\u300f\uff09]*)"
    rf"(?P<after>(?:\s*{_PICTURE})*)|(?P<pictures>{_PICTURE}(?:\s*{_PICTURE})*)"
)
_STOPPED: Final = re.compile(rf"(?:[.!?\u2026{_OPEN_STOP}][\"'\u201d\u2019\u00bb)\]]*|{_PICTURE})$")
_ELLIPSIS: Final = re.compile(r"\.{2,}|\u2026+")
_LAST_WORD: Final = re.compile(r"[\w.]+\Z")
_BEFORE_A_NAME: Final = re.compile(
    r"(?:mr|mrs|ms|dr|prof|st|mt|rev|hon|gen|col|lt|sgt|capt|gov|sen|rep|vs|cf|approx|mme|mlle|herr|sra?|[a-hj-z]|"
    r"(?:[a-z]\.)+[a-z])"
)
_BEFORE_A_NUMBER: Final = frozenset({"no", "nos", "fig", "vol", "pp", "p", "ca", "nr"})
_BEFORE_A_CAPITAL: Final = frozenset({"a.m", "p.m", "etc", "inc", "ltd", "co", "corp", "jr", "ph.d"})
_PAUSE: Final = re.compile(r"[,;:\u2013\u2014]$")
_LINKS: Final = frozenset({"and", "but", "or", "so", "because", "then", "while", "when", "although"})


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a plain text into sentences; nothing is lost but white space.

    An empty line always ends a sentence, a line break mostly does. A stop does, unless it belongs to an abbreviation,
    a number, a quote that the sentence goes on after, or a pause ("Well... I see"). Emoji stay with the sentence before
    them and end it where the next word is capitalised. Where somebody writes on without stops, a sentence is taken
    apart before its forty-first word, at the last comma or conjunction, so that a model reads all of it.
    """
    return tuple(part for line in _lines(text) for sentence in _sentences(line) for part in _shortened(sentence))


def _lines(text: str) -> Iterator[str]:
    """Lines, those that were only wrapped put together again."""
    current: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if current and not (line and _goes_on(current[-1], line)):
            yield " ".join(current)
            current = []
        if line:
            current.append(line)
    if current:
        yield " ".join(current)


def _goes_on(line: str, following: str) -> bool:
    """Whether a line break stands within a sentence, for one reason or another."""
    if _STOPPED.search(line):
        # Either way: what goes together is split at its stops. A full line belongs with its paragraph.
        return len(line) >= _WRAPPED_AT
    return following[0].islower() or (len(line) >= _WRAPPED_AT and following[0].isalnum())


def _sentences(line: str) -> Iterator[str]:
    start = 0
    for match in _BREAK.finditer(line):
        if _ends(line, start, match):
            yield line[start : match.end()].strip()
            start = match.end()
    if rest := line[start:].strip():
        yield rest


def _ends(line: str, start: int, match: re.Match[str]) -> bool:
    """Whether a sentence that began at `start` ends with a stop or with emoji."""
    following = line[match.end() : match.end() + _LOOK_BACK].lstrip()
    before = line[max(start, match.start() - _LOOK_BACK) : match.start()]
    if not following or not before.strip():
        return False
    if match["pictures"]:
        return following[0].isupper() and len(before.split()) >= _PICTURES_AFTER
    if match["stop"][-1] in _OPEN_STOP:
        return True
    return not _runs_on(line, match, following) and _closes(before, match, following)


def _runs_on(line: str, match: re.Match[str], following: str) -> bool:
    """Whether the next character belongs to the same word (3.5, example.com), or the sentence goes on after a quote.

    "Yes!No" is two sentences.
    """
    apart = line[match.end()].isspace() or match["after"] or (match["stop"][-1] in "!?" and following[0].isupper())
    return not apart or bool(match["closing"] and following[0].islower())


def _closes(before: str, match: re.Match[str], following: str) -> bool:
    """Whether a stop ends more than an abbreviation or half a thought."""
    if match["after"]:
        return True
    if _ELLIPSIS.fullmatch(match["stop"]):
        return not following[0].islower() and len(before.split()) >= _ELLIPSIS_AFTER
    return match["stop"] != "." or not _abbreviates(before, following)


def _abbreviates(before: str, following: str) -> bool:
    """Whether a full stop behind a text belongs to its last word."""
    found = _LAST_WORD.search(before)
    if found is None:
        return False
    word = found.group().lower()
    if word in _BEFORE_A_CAPITAL:
        return following[0].islower()
    if word in _BEFORE_A_NUMBER:
        return following[0].isdigit()
    is_number_of_item = word.isdigit() and not before[: found.start()].strip()
    return is_number_of_item or _BEFORE_A_NAME.fullmatch(word) is not None


def _shortened(sentence: str) -> Iterator[str]:
    """The sentence, or its parts where it has too many words."""
    words = sentence.split()
    while len(words) > LONGEST_WORDS:
        end = _pause(words)
        yield " ".join(words[:end])
        words = words[end:]
    yield " ".join(words)


def _pause(words: list[str]) -> int:
    """Where to take words apart: at the last pause of the second half of what fits, else where no more fit."""
    for end in range(LONGEST_WORDS, LONGEST_WORDS // 2, -1):
        if _PAUSE.search(words[end - 1]) or words[end].lower() in _LINKS:
            return end
    return LONGEST_WORDS
