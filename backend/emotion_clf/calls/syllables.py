"""How many syllables are spoken: the peaks of loudness in the band of vowels. Rough.

A syllable has a vowel, and a vowel is louder than the consonants around it. Vowels that meet without a dip are counted
as one, and a vowel that trembles may be counted twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.calls.tracks import STEP_S

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.calls.tracks import Track

# How far loudness has to fall between two syllables, and how far under the loudest ones a vowel may lie, in dB.
DIP_DB: Final = 2.0
RANGE_DB: Final = 25.0
_LOUDEST: Final = 95
_SMOOTHING: Final = np.array([0.25, 0.5, 0.25])


def count_syllables(track: Track, start_s: float, end_s: float) -> int:
    """The syllables between two times; at least one.

    Args:
        track: what is heard.
        start_s: where somebody begins to speak, in seconds.
        end_s: where they end.
    """
    heard = track.loudness_db[round(start_s / STEP_S) : round(end_s / STEP_S) + 1]
    if len(heard) <= len(_SMOOTHING):
        return 1
    smooth = np.convolve(heard, _SMOOTHING, "valid")
    return max(_peaks(smooth, float(np.percentile(smooth, _LOUDEST)) - RANGE_DB), 1)


def _peaks(levels_db: npt.NDArray[np.floating], floor_db: float) -> int:
    """How often the level rises and falls again by a dip's depth, with its top over the floor."""
    count, rising = 0, True
    top = bottom = float(levels_db[0])
    for level in levels_db.tolist():
        if rising:
            top = max(top, level)
            if top - level >= DIP_DB:
                count += top > floor_db
                rising, bottom = False, level
        else:
            bottom = min(bottom, level)
            if level - bottom >= DIP_DB:
                rising, top = True, level
    return count + (rising and top > floor_db)
