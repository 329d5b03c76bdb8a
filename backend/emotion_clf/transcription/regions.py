"""Where a recording may be cut: stretches of speech, no longer than an engine takes at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.audio.voice_activity import FRAME_SAMPLES, speech_probabilities

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.audio.sound import Sound

PAUSE_S: Final = 0.8
PADDING_S: Final = 0.4
# Lower than where voices are judged: shouts are heard too, and what is no speech is told from it by what is written.
SPEECH_PROBABILITY: Final = 0.3
_FRAMES_PER_S: Final = SAMPLE_RATE_HZ / FRAME_SAMPLES


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a recording, in samples: from `start` up to, not including, `end`."""

    start: int
    end: int

    @property
    def start_s(self) -> float:
        """Its start, in seconds."""
        return self.start / SAMPLE_RATE_HZ

    @property
    def end_s(self) -> float:
        """Its end, in seconds."""
        return self.end / SAMPLE_RATE_HZ

    def of(self, sound: Sound) -> Waveform:
        """Its sound."""
        return Waveform(sound.read(self.start, self.end))


def speech_regions(sound: Sound, longest_s: float) -> tuple[Region, ...]:
    """The utterances: speech between pauses of at least 0.8 s, each with up to 0.4 s of what surrounds it.

    Args:
        sound: sound at 16 kHz.
        longest_s: no region is longer, in seconds; what would be is cut where speech is least likely.

    Returns:
        Regions in order of time that do not overlap; none where nobody speaks.
    """
    if not sound.frames:
        return ()
    probabilities = speech_probabilities(sound)
    longest = max(int(longest_s * _FRAMES_PER_S), 2)
    pieces = [
        piece
        for start, end in _utterances(probabilities >= SPEECH_PROBABILITY)
        for piece in _cut(start, end, probabilities, longest)
    ]
    last = sound.frames
    return tuple(Region(start * FRAME_SAMPLES, min(end * FRAME_SAMPLES, last)) for start, end in pieces)


def packed(regions: tuple[Region, ...], longest_s: float) -> tuple[Region, ...]:
    """Neighbouring regions put together, pauses included, as long as `longest_s` (seconds) allows."""
    longest = int(longest_s * SAMPLE_RATE_HZ)
    chunks: list[Region] = []
    for region in regions:
        if chunks and region.end - chunks[-1].start <= longest:
            chunks[-1] = Region(chunks[-1].start, region.end)
        else:
            chunks.append(region)
    return tuple(chunks)


def _utterances(speaking: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Frames of speech, padded, with pauses that are too short to cut at closed."""
    pause, padding = round(PAUSE_S * _FRAMES_PER_S), round(PADDING_S * _FRAMES_PER_S)
    found: list[tuple[int, int]] = []
    for frame in np.flatnonzero(speaking).tolist():
        start, end = max(frame - padding, 0), min(frame + 1 + padding, len(speaking))
        # The padding of both sides lies within the pause.
        if found and start - found[-1][1] < pause - 2 * padding:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return found


def _cut(start: int, end: int, probabilities: npt.NDArray[np.float32], longest: int) -> list[tuple[int, int]]:
    """Pieces of at most `longest` frames, cut in the later half of what is allowed, where speech is least likely."""
    pieces = []
    while end - start > longest:
        earliest = start + longest // 2
        at = earliest + int(np.argmin(probabilities[earliest : start + longest])) + 1
        pieces.append((start, at))
        start = at
    return [*pieces, (start, end)]
