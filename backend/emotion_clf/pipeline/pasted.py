"""What people paste: captions, web pages, transcripts with times → what is said in it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import CaptionsError
from emotion_clf.text.markup import without_markup
from emotion_clf.text.split import split_sentences

if TYPE_CHECKING:
    from emotion_clf.transcription import Sentence, Transcript

_CLOCK: Final = r"(?:\d{1,2}:)?\d{1,2}:\d{2}(?:[.,]\d{1,3})?"
_CUE: Final = re.compile(rf"^[ \t]{{0,9}}{_CLOCK}[ \t]{{0,9}}-->[ \t]{{0,9}}{_CLOCK}", re.MULTILINE)
_TIME_ALONE: Final = re.compile(rf"[\[(]?{_CLOCK}[\])]?")
_LEAST_TIMES: Final = 2  # one line that is a time may be what somebody wants to say


def pasted_captions(text: str) -> Transcript | None:
    """Return the captions a text consists of, None where it is no captions."""
    from emotion_clf.transcription import parse_captions

    if _CUE.search(text) is None:
        return None
    try:
        return parse_captions(text)
    except CaptionsError:
        return None  # times without words


def plain_text(text: str) -> str:
    """Return a text without the markup of a web page, and without the lines of a transcript that are times alone."""
    lines = without_markup(text).split("\n")
    times = [_TIME_ALONE.fullmatch(line.strip()) is not None for line in lines]
    if sum(times) < _LEAST_TIMES or sum(times) == sum(map(bool, map(str.strip, lines))):
        return "\n".join(lines)
    return "\n".join(line for line, is_time in zip(lines, times, strict=True) if not is_time)


def said_in(text: str) -> tuple[str, ...]:
    """Return the sentences of a text, of captions, or of a web page."""
    captions = pasted_captions(text)
    if captions is None:
        return split_sentences(plain_text(text))
    return tuple(sentence.text for sentence in spoken(captions))


def spoken(captions: Transcript) -> tuple[Sentence, ...]:
    """Return the sentences of captions with their speakers."""
    from emotion_clf.transcription import sentences

    return sentences(captions)
