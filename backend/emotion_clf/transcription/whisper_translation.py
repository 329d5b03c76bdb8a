"""Sentences of another language → their English.

A window is translated as a whole, since a sentence is understood better among others. Where that gives as many
sentences as were said, they go together in order; where it does not, each sentence is heard again by itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.transcription.regions import Region
from emotion_clf.transcription.sentences import segments_of
from emotion_clf.transcription.transcript import ENGLISH, Word
from emotion_clf.transcription.whisper_decoding import Decoding

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from emotion_clf.audio import Waveform
    from emotion_clf.transcription.transcript import Segment

_MARGIN: Final = SAMPLE_RATE_HZ // 5
_SHARE_OF_WINDOWS: Final = 0.5


class Translator:
    """Translates what was heard in one sound.

    Args:
        model: faster-whisper's.
        waveform: the sound, at 16 kHz.
        language: ISO 639-1 code of the language spoken.
    """

    def __init__(self, model: Any, waveform: Waveform, language: str) -> None:
        self._model = model
        self._waveform = waveform
        self._language = language

    def in_english(
        self, segments: Sequence[Segment], windows: Sequence[Region], done: Callable[[float], None]
    ) -> tuple[Segment, ...]:
        """Return the segments with their English; as they are where they are English, or it cannot be made out.

        Args:
            segments: sentences, in order.
            windows: the stretches in which they were heard, none longer than 30 s.
            done: told which share is done, in [0, 1]; what it raises ends the work.
        """
        if self._language == ENGLISH or not segments:
            return tuple(segments)
        meant = self._together(segments, windows, lambda share: done(_SHARE_OF_WINDOWS * share))
        left = [place for place in range(len(segments)) if place not in meant]
        regions = [self._around(segments[place]) for place in left]
        for region, text in self._heard(regions, lambda share: done(_SHARE_OF_WINDOWS * (1 + share))):
            meant[left[regions.index(region)]] = text
        return tuple(replace(segment, translation=meant.get(place)) for place, segment in enumerate(segments))

    def _together(
        self, segments: Sequence[Segment], windows: Sequence[Region], done: Callable[[float], None]
    ) -> dict[int, str]:
        """Return the English of those segments whose window has as many sentences in English, by their places."""
        said = {
            window: [place for place, segment in enumerate(segments) if _begins_in(segment, window)]
            for window in windows
        }
        meant: dict[int, str] = {}
        for window, text in self._heard([window for window in windows if said[window]], done):
            sentences = segments_of([Word(word, 0.0, 0.0) for word in text.split()], ENGLISH)
            if len(sentences) == len(said[window]):
                meant.update(zip(said[window], (sentence.text for sentence in sentences), strict=True))
        return meant

    def _heard(self, regions: Sequence[Region], done: Callable[[float], None]) -> Iterator[tuple[Region, str]]:
        """Yield what is said in each region, in English, where something could be made out."""
        if not regions:
            return
        decoding = Decoding(self._model, self._waveform, regions, language=self._language, task="translate")
        for count, (region, heard) in enumerate(decoding, start=1):
            done(min(count / len(regions), 1.0))
            if heard is not None:
                yield region, heard.text.strip()

    def _around(self, segment: Segment) -> Region:
        """Return where a sentence is heard, with a fifth of a second on each side: its times are not exact."""
        start, end = (round(at_s * SAMPLE_RATE_HZ) for at_s in (segment.start_s, segment.end_s))
        return Region(max(start - _MARGIN, 0), min(end + _MARGIN, self._waveform.frames))


def _begins_in(segment: Segment, window: Region) -> bool:
    return window.start_s <= segment.start_s < window.end_s
