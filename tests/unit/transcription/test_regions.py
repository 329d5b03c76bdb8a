from __future__ import annotations

from itertools import pairwise

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.transcription.regions import packed, speech_regions
from tests.support.talk import talk


def test_regions_are_in_order_and_no_longer_than_allowed() -> None:
    sound = talk()
    for longest_s in (0.5, 2.0, 30.0):
        regions = speech_regions(sound, longest_s)
        assert all(one.end <= two.start for one, two in pairwise(regions))
        assert all(0 < region.end - region.start <= longest_s * SAMPLE_RATE_HZ for region in regions)
    assert len(regions) == 3
    assert len(packed(regions, 30.0)) == 1
    assert packed(regions, 1.0) == regions


def test_no_sound_has_no_regions() -> None:
    assert speech_regions(Waveform(np.zeros(0, dtype=np.float32)), 30.0) == ()
    assert speech_regions(Waveform(np.zeros(32_000, dtype=np.float32)), 30.0) == ()
