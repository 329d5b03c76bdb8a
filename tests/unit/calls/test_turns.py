from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.audio.voice_activity import FRAME_S
from emotion_clf.calls import Turn
from emotion_clf.calls.tracks import Listener, Track
from emotion_clf.calls.turns import PAUSE_S, SHORTEST_S, in_order, joined, turns_of, with_syllables
from tests.support.dialogues import ESPEAK, sample, spoken

SYLLABLES = {
    "Good morning, my name is Peter, and I am calling about my new telephone.": 19,
    "I have called four times, and nobody ever called me back.": 14,
    "The parcel will arrive on Thursday between nine and eleven.": 15,
    "Can you tell me what happened to my money?": 11,
    "Banana, banana, banana, banana.": 12,
}


def heard(samples: np.ndarray, block: int = 256_000) -> Track:
    listener = Listener()
    for start in range(0, len(samples), block):
        listener.feed(samples[start : start + block])
    return listener.finish()


@given(flags=st.lists(st.booleans(), max_size=200))
def test_turns_are_apart_and_long_enough(flags: list[bool]) -> None:
    duration_s = max(len(flags) * FRAME_S - 0.01, 0.0)
    found = turns_of(np.array(flags, dtype=bool), "A", duration_s)
    for turn in found:
        assert turn.duration_s >= SHORTEST_S
        assert turn.end_s <= duration_s
    for before, after in pairwise(found):
        assert after.start_s - before.end_s >= PAUSE_S


def test_short_pauses_are_bridged_and_clicks_left_out() -> None:
    flags = np.zeros(100, dtype=bool)
    flags[[*range(10, 20), *range(25, 40), 70]] = True
    assert turns_of(flags, "A", 10.0) == [Turn(10 * FRAME_S, 40 * FRAME_S, "A")]


def test_another_voice_ends_a_turn() -> None:
    turns = [Turn(0.0, 1.0, "A"), Turn(1.0, 2.0, "B"), Turn(2.0, 3.0, "B"), Turn(3.1, 4.0, "A")]
    assert joined(turns) == [Turn(0.0, 1.0, "A"), Turn(1.0, 3.0, "B"), Turn(3.1, 4.0, "A")]


def test_who_begins_at_once_comes_in_the_order_of_the_channels() -> None:
    turns = [Turn(2.0, 3.0, "left"), Turn(0.0, 1.0, "right"), Turn(0.0, 2.0, "left")]
    assert [turn.speaker for turn in in_order(turns, ("left", "right"))] == ["left", "right", "left"]


def test_what_is_heard_does_not_depend_on_the_blocks() -> None:
    samples = np.tile(sample("low"), 3)
    whole, pieces = heard(samples, len(samples)), heard(samples, 512 * 40)
    np.testing.assert_array_equal(whole.speech, pieces.speech)
    np.testing.assert_allclose(whole.loudness_db, pieces.loudness_db, atol=1e-3)
    assert len(whole.loudness_db) == 2 * len(whole.speech)


@pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is not installed")
@pytest.mark.parametrize("voice", ["en", "en-us+f3", "en-gb+m3"])
@pytest.mark.parametrize("words_a_minute", [120, 180])
def test_syllables_are_counted_roughly(voice: str, words_a_minute: int) -> None:
    """No more than a third off for any sentence, and a sixth over all."""
    total = 0
    for text, syllables in SYLLABLES.items():
        samples = spoken(text, voice, words_a_minute)
        (turn,) = with_syllables([Turn(0.0, len(samples) / SAMPLE_RATE_HZ, "A")], heard(samples))
        assert turn.syllables is not None
        total += turn.syllables
        assert abs(turn.syllables - syllables) <= max(2, round(syllables / 3)), (text, turn.syllables)
    expected = sum(SYLLABLES.values())
    assert abs(total - expected) <= expected / 6, (total, expected)


def test_silence_has_no_more_than_the_one_syllable_of_a_turn() -> None:
    (turn,) = with_syllables([Turn(0.0, 2.0, "A")], heard(np.zeros(2 * SAMPLE_RATE_HZ, dtype=np.float32)))
    assert turn.syllables == 1
