"""What leaks from one channel into the other, and what does not."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.calls.crosstalk import Crosstalk
from emotion_clf.calls.tracks import Listener, speaking
from emotion_clf.calls.turns import turns_of
from tests.support.dialogues import recorded_call
from tests.support.leaks import leaking, telephone

BLOCK = 16 * SAMPLE_RATE_HZ
TOLERANCE_S = 0.35


def spans(samples: np.ndarray, block: int = BLOCK) -> list[list[tuple[float, float]]]:
    """When each channel speaks, without what leaks."""
    crosstalk, listeners, foreign = Crosstalk(), (Listener(), Listener()), []

    def hear(piece) -> None:
        foreign.append(piece.foreign)
        for channel, listener in enumerate(listeners):
            listener.feed(np.ascontiguousarray(piece.samples[:, channel]))

    for start in range(0, len(samples), block):
        for piece in crosstalk.feed(samples[start : start + block]):
            hear(piece)
    for piece in crosstalk.finish():
        hear(piece)
    leaked, length_s = np.concatenate(foreign), len(samples) / SAMPLE_RATE_HZ
    return [
        [
            (turn.start_s, turn.end_s)
            for turn in turns_of(speaking(listener.finish(), leaked[:, channel]), "x", length_s)
        ]
        for channel, listener in enumerate(listeners)
    ]


def differing_s(found: list[tuple[float, float]], expected: list[tuple[float, float]]) -> float:
    """Seconds in which one speaks and the other does not."""
    times = np.arange(0, 100, 0.01)
    flags = [
        np.any([(times >= start) & (times < end) for start, end in spans] or [times < 0], axis=0)
        for spans in (found, expected)
    ]
    return float((flags[0] ^ flags[1]).sum() * 0.01)


@pytest.fixture(scope="module")
def call() -> np.ndarray:
    return recorded_call()[: 40 * SAMPLE_RATE_HZ]


@pytest.fixture(scope="module")
def expected(call: np.ndarray) -> list[list[tuple[float, float]]]:
    return spans(call)


LEAKS = {
    "at once": {"level_db": -12},
    "late": {"level_db": -10, "late_s": 0.1},
    "very late": {"level_db": -8, "late_s": 0.2},
    "loud": {"level_db": -6, "late_s": 0.03},
    "faint": {"level_db": -20, "late_s": 0.06},
    "inverted": {"level_db": -8, "late_s": 0.06, "sign": -1},
    "one way": {"level_db": -8, "late_s": 0.12, "both": False},
    "filtered": {"level_db": -10, "late_s": 0.08, "response": telephone()},
}


@pytest.mark.parametrize("leak", LEAKS)
def test_what_leaks_is_not_counted_as_speech(
    call: np.ndarray, expected: list[list[tuple[float, float]]], leak: str
) -> None:
    for found, wanted in zip(spans(leaking(call, **LEAKS[leak])), expected, strict=True):
        assert sum(end - start for start, end in wanted) > 10
        assert differing_s(found, wanted) < 1.0


def test_what_leaks_under_noise_is_not_counted_either(
    call: np.ndarray, expected: list[list[tuple[float, float]]]
) -> None:
    noisy = leaking(call, level_db=-15, late_s=0.1)
    noisy[:, 1] += np.random.default_rng(1).normal(0, 0.01, len(call)).astype(np.float32)
    for found, wanted in zip(spans(noisy), expected, strict=True):
        assert differing_s(found, wanted) < 2.0


@pytest.mark.parametrize("channel", [0, 1])
def test_hiss_in_one_channel_mutes_nobody(
    call: np.ndarray, expected: list[list[tuple[float, float]]], channel: int
) -> None:
    noisy = call.copy()
    noisy[:, channel] += np.random.default_rng(1).normal(0, 10 ** (-30 / 20), len(call)).astype(np.float32)
    for found, wanted in zip(spans(noisy), expected, strict=True):
        assert differing_s(found, wanted) < 1.5


def test_a_quiet_voice_is_heard_while_the_other_one_speaks() -> None:
    """Level alone tells nothing: what is 20 dB weaker at the same time is a voice where it is no copy."""
    from tests.support.dialogues import sample

    loud, quiet = np.tile(sample("raised"), 3), np.tile(sample("low"), 3) * 0.1
    length = min(len(loud), len(quiet))
    both = np.stack([loud[:length], quiet[:length]], axis=1)
    _, found = spans(both.astype(np.float32))
    _, alone = spans((both * [0, 1]).astype(np.float32))
    assert differing_s(found, alone) < 0.5


def test_nothing_is_taken_out_where_nothing_leaks(call: np.ndarray) -> None:
    crosstalk = Crosstalk()
    pieces = [*crosstalk.feed(call), *crosstalk.finish()]
    np.testing.assert_array_equal(np.concatenate([piece.samples for piece in pieces]), call)
    assert not np.concatenate([piece.foreign for piece in pieces]).any()
    assert crosstalk.strongest == (None, None)


def test_a_path_is_found_with_its_delay_and_level(call: np.ndarray) -> None:
    crosstalk = Crosstalk()
    for _ in (*crosstalk.feed(leaking(call, level_db=-10, late_s=0.1)), *crosstalk.finish()):
        pass
    for path in crosstalk.strongest:
        assert path is not None
        assert path.lag_s == pytest.approx(0.1, abs=0.001)
        assert path.level_db == pytest.approx(-10, abs=1.5)


def test_what_is_found_does_not_depend_on_the_blocks(call: np.ndarray) -> None:
    leaky = leaking(call, level_db=-10, late_s=0.1)
    assert spans(leaky) == spans(leaky, 512 * 100)


def test_turns_stay_apart(expected: list[list[tuple[float, float]]]) -> None:
    for channel in expected:
        assert all(before[1] < after[0] for before, after in pairwise(channel))


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.5, 15.36, 15.9])
def test_every_sample_comes_out(seconds: float) -> None:
    samples = np.random.default_rng(0).normal(0, 0.1, (round(seconds * SAMPLE_RATE_HZ), 2)).astype(np.float32)
    crosstalk = Crosstalk()
    pieces = [*crosstalk.feed(samples), *crosstalk.finish()]
    found = np.concatenate([np.zeros((0, 2)), *(piece.samples for piece in pieces)])
    np.testing.assert_array_equal(found, samples)
    assert sum(len(piece.foreign) for piece in pieces) == -(-len(samples) // 512)
