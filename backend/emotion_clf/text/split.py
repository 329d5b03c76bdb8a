"""A text → its sentences, without a model: by stops, line breaks, quotes, abbreviations and emoji."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final

from emotion_clf.text.abbreviations import abbreviates
from emotion_clf.text.addresses import ADDRESS
from emotion_clf.text.labels import label_of
from emotion_clf.text.words import word_set

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
# Endings of file names that are no English words.
_FILE_ENDINGS: Final = word_set(
    "js ts py rb rs cpp java json yaml yml xml html htm css md txt csv pdf doc docx xls xlsx ppt pptx png jpg "
    "jpeg gif svg mp3 "
    "mp4 wav exe zip tar gz sql sh php net"
)
_NEXT_WORD: Final = re.compile(r"[^\W\d_]{1,40}")
_LETTERS_BEFORE: Final = re.compile(r"(?:[^\W_]{2,40}|\bI|\d)['\u2019\")\]]*\Z")
_PAUSES: Final = (",", ";", ":", "\u2013", "\u2014")
_LINKS: Final = frozenset({"and", "but", "or", "so", "because", "then", "while", "when", "although"})


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a plain text into sentences; nothing is lost but white space.

    An empty line always ends a sentence, a line break mostly does, that before the name of a speaker too. A stop does,
    unless it belongs to an abbreviation, a number, an address, a quote that the sentence goes on after, or a pause
    ("Well... I see"); where only the space behind it is missing ("angry.You lied"), it does all the same. Emoji stay
    with the sentence before them and end it where the next word is capitalised. Where a writer goes on without stops, a
    sentence is taken apart before its forty-first word, at the last comma or conjunction, so that all of it is read.
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
    """Tell whether a line break stands within a sentence, for one reason or another."""
    if label_of(following):
        return False  # somebody else speaks
    if _STOPPED.search(line[-_LOOK_BACK:]):
        # Either way: what goes together is split at its stops. A full line belongs with its paragraph.
        return len(line) >= _WRAPPED_AT
    return following[0].islower() or (len(line) >= _WRAPPED_AT and following[0].isalnum())


def _sentences(line: str) -> Iterator[str]:
    start = 0
    addresses = deque(match.span() for match in ADDRESS.finditer(line))
    for match in _BREAK.finditer(line):
        while addresses and addresses[0][1] <= match.start():
            addresses.popleft()
        if addresses and addresses[0][0] < match.start() and match.end() < addresses[0][1]:
            continue
        if _ends(line, start, match):
            yield line[start : match.end()].strip()
            start = match.end()
    if rest := line[start:].strip():
        yield rest


def _ends(line: str, start: int, match: re.Match[str]) -> bool:
    """Tell whether a sentence that began at `start` ends with a stop or with emoji."""
    following = line[match.end() : match.end() + _LOOK_BACK].lstrip()
    before = line[max(start, match.start() - _LOOK_BACK) : match.start()]
    if not following or not before.strip():
        return False
    if match["pictures"]:
        return following[0].isupper() and len(before.split()) >= _PICTURES_AFTER
    if match["stop"][-1] in _OPEN_STOP:
        return True
    return not _runs_on(line, match, before, following) and _closes(before, match, following)


def _runs_on(line: str, match: re.Match[str], before: str, following: str) -> bool:
    """Tell whether the next character belongs to the same word (3.5), or the sentence goes on after a quote."""
    if line[match.end()].isspace() or match["after"]:
        return bool(match["closing"] and following[0].islower())
    return not _lacks_a_space(match, before, following)


def _lacks_a_space(match: re.Match[str], before: str, following: str) -> bool:
    """Tell whether a stop stands between two words that only lack the space: "Yes!No", "angry.You", "sad.bye"."""
    word = _NEXT_WORD.match(following)
    if word is None or _LETTERS_BEFORE.search(before) is None:
        return False
    if match["stop"][-1] in "!?":
        return True
    if before[-1].isdigit() and not word.group()[0].isupper():
        return False
    # A letter alone belongs to an abbreviation such as "e.g.", but "I" does not.
    return word.group() not in _FILE_ENDINGS and (len(word.group()) > 1 or word.group() == "I")


def _closes(before: str, match: re.Match[str], following: str) -> bool:
    """Tell whether a stop ends more than an abbreviation or half a thought."""
    if match["after"]:
        return True
    if _ELLIPSIS.fullmatch(match["stop"]):
        return not following[0].islower() and len(before.split()) >= _ELLIPSIS_AFTER
    return match["stop"] != "." or not abbreviates(before, following)


def _shortened(sentence: str) -> Iterator[str]:
    """The sentence, or its parts where it has too many words."""
    words, start = sentence.split(), 0
    while len(words) - start > LONGEST_WORDS:
        end = _pause(words, start)
        yield " ".join(words[start:end])
        start = end
    yield " ".join(words[start:])


def _pause(words: list[str], start: int) -> int:
    """Return where to take words apart: at the last pause of the second half of what fits, else where no more fit."""
    for end in range(start + LONGEST_WORDS, start + LONGEST_WORDS // 2, -1):
        if words[end - 1].endswith(_PAUSES) or words[end].lower() in _LINKS:
            return end
    return start + LONGEST_WORDS
