"""Transcript → sentences with times, also where the engine writes no punctuation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.text.abbreviations import abbreviates
from emotion_clf.transcription.transcript import joiner

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.transcription.transcript import Segment, Transcript

PAUSE_S: Final = 0.8
LONGEST_S: Final = 20.0
_END: Final = re.compile(r"[.!?…。！？]+[\"'”’»)\]]*$")  # noqa: RUF001 - full stops of Chinese and Japanese


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one speaker says between two stops.

    Attributes:
        text: the words.
        start_s: its start, in seconds from the start of the recording.
        end_s: its end.
        speaker: the engine's name of the speaker; None where it does not tell speakers apart.
        begins_turn: whether somebody else begins to speak with it, even where nobody is named.
    """

    text: str
    start_s: float
    end_s: float
    speaker: str | None = None
    begins_turn: bool = False


def sentences(transcript: Transcript) -> tuple[Sentence, ...]:
    """Split at the ends of sentences, at pauses of 0.8 s and more, and where the speaker changes.

    A sentence may go on over several segments, as it does in captions. What is longer than 20 s without a stop is split
    at its longest pause. Where a segment has no words with times, its time is shared out by the length of the words.
    """
    between = joiner(transcript.language)
    found: list[Sentence] = []
    current: list[Sentence] = []
    for word in (word for segment in transcript.segments for word in _spoken(segment)):
        if current and _stops(current[-1], word):
            found += _shortened(current, between)
            current = []
        current.append(word)
    if current:
        found += _shortened(current, between)
    return tuple(found)


def _spoken(segment: Segment) -> Iterator[Sentence]:
    """The words of a segment, each a sentence of its own for now."""
    begins = segment.begins_turn
    if segment.words:
        for word in segment.words:
            if word.text.strip():
                yield Sentence(word.text.strip(), word.start_s, word.end_s, segment.speaker, begins)
                begins = False
        return
    words = segment.text.split()
    total = sum(map(len, words))
    length_s = segment.end_s - segment.start_s
    before = 0
    for text in words:
        start_s = segment.start_s + length_s * before / total
        before += len(text)
        yield Sentence(text, start_s, segment.start_s + length_s * before / total, segment.speaker, begins)
        begins = False


def _stops(word: Sentence, following: Sentence) -> bool:
    """Whether a sentence ends between two words."""
    if following.begins_turn or word.speaker != following.speaker or following.start_s - word.end_s >= PAUSE_S:
        return True
    end = _END.search(word.text)
    if end is None:
        return False
    return end.group() != "." or not abbreviates(word.text[: end.start()], following.text)


def _shortened(words: list[Sentence], between: str) -> list[Sentence]:
    """The words as one sentence, or as several where it would be too long."""
    waiting, found = [words], []
    while waiting:
        part = waiting.pop()
        if len(part) == 1 or part[-1].end_s - part[0].start_s <= LONGEST_S:
            text = between.join(word.text for word in part)
            found.append(Sentence(text, part[0].start_s, part[-1].end_s, part[0].speaker, part[0].begins_turn))
            continue
        middle = len(part) / 2
        # Of equal pauses, the one nearest the middle.
        at = max(
            range(1, len(part)),
            key=lambda place: (part[place].start_s - part[place - 1].end_s, -abs(place - middle)),
        )
        waiting += [part[at:], part[:at]]
    return found
