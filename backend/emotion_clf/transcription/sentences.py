"""Transcript → sentences with times, also where the engine writes no punctuation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING, Final

from emotion_clf.text.abbreviations import abbreviates
from emotion_clf.transcription.transcript import Segment, joiner

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emotion_clf.transcription.transcript import Transcript, Word

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
        translation: the same in English; None where it is English, or was not translated.
    """

    text: str
    start_s: float
    end_s: float
    speaker: str | None = None
    begins_turn: bool = False
    translation: str | None = None


def sentences(transcript: Transcript) -> tuple[Sentence, ...]:
    """Split at the ends of sentences, at pauses of 0.8 s and more, and where the speaker changes.

    A sentence may go on over several segments, as it does in captions. What is longer than 20 s without a stop is split
    at its longest pause. Where a segment has no words with times, its time is shared out by the length of the words. A
    segment with a translation is one sentence.
    """
    between = joiner(transcript.language)
    found: list[Sentence] = []
    for translated, segments in groupby(transcript.segments, key=lambda segment: segment.translation is not None):
        if translated:
            found += map(_whole, segments)
        else:
            words = [word for segment in segments for word in _spoken(segment)]
            found += (_joined(run, between) for run in _runs(words))
    return tuple(found)


def segments_of(words: Sequence[Word], language: str | None) -> tuple[Segment, ...]:
    """Put words together as segments, split as sentences are."""
    between = joiner(language)
    left = iter(words)
    segments = []
    for run in _runs([Sentence(word.text, word.start_s, word.end_s) for word in words]):
        own = tuple(islice(left, len(run)))
        text = between.join(word.text for word in own)
        segments.append(Segment(text, own[0].start_s, own[-1].end_s, words=own))
    return tuple(segments)


def _runs(words: Sequence[Sentence]) -> list[list[Sentence]]:
    """The words of each sentence."""
    found: list[list[Sentence]] = []
    current: list[Sentence] = []
    for word in words:
        if current and _stops(current[-1], word):
            found += _shortened(current)
            current = []
        current.append(word)
    return [*found, *_shortened(current)] if current else found


def _whole(segment: Segment) -> Sentence:
    text = " ".join(segment.text.split())
    return Sentence(text, segment.start_s, segment.end_s, segment.speaker, segment.begins_turn, segment.translation)


def _joined(run: Sequence[Sentence], between: str) -> Sentence:
    text = between.join(word.text for word in run)
    return Sentence(text, run[0].start_s, run[-1].end_s, run[0].speaker, run[0].begins_turn)


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


def _shortened(words: list[Sentence]) -> list[list[Sentence]]:
    """The words as one sentence, or as several where it would be too long."""
    waiting, found = [words], []
    while waiting:
        part = waiting.pop()
        if len(part) == 1 or part[-1].end_s - part[0].start_s <= LONGEST_S:
            found.append(part)
            continue
        middle = len(part) / 2
        # Of equal pauses, the one nearest the middle.
        at = max(
            range(1, len(part)),
            key=lambda place: (part[place].start_s - part[place - 1].end_s, -abs(place - middle)),
        )
        waiting += [part[at:], part[:at]]
    return found
