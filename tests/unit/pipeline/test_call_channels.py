"""Channels and tracks of calls that were not recorded as they should be."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.audio.ffmpeg import find_ffmpeg
from emotion_clf.pipeline.call_channels import Survey, kept_of, mix_weights
from emotion_clf.pipeline.call_requests import CallOptions
from emotion_clf.pipeline.calls import CallSteps
from emotion_clf.settings import Settings
from emotion_clf.speech import ModelRegistry
from tests.support.bundles import make_adaptive_bundle
from tests.support.dialogues import recorded_call
from tests.support.leaks import late, leaking
from tests.support.sound import REPOSITORY, wav

CASES = REPOSITORY.parent / "shared" / "cases"
LENGTH_S = 36
TOLERANCE_S = 0.3


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> CallSteps:
    folder = tmp_path_factory.mktemp("models")
    make_adaptive_bundle(folder / "tiny")
    settings = Settings(models_dir=folder, model="tiny")
    return CallSteps(settings, ModelRegistry(settings))


@pytest.fixture(scope="module")
def call() -> np.ndarray:
    return recorded_call()[: LENGTH_S * SAMPLE_RATE_HZ]


@pytest.fixture(scope="module")
def good(steps: CallSteps, call: np.ndarray, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return heard(steps, tmp_path_factory.mktemp("good"), call)


def heard(steps: CallSteps, folder: Path, given: np.ndarray | Path, **options: Any) -> Any:
    if isinstance(given, np.ndarray):
        (folder / "call.wav").write_bytes(wav(given.astype(np.float32)))
        given = folder / "call.wav"
    return steps.analyse(given, CallOptions(**options), folder / "work").timeline


def tracks(folder: Path, *channels: np.ndarray, name: str = "call.mkv", second_late_s: float = 0.0) -> Path:
    """A file with a track of its own for each channel, or pair of channels; the second may begin later."""
    command = [find_ffmpeg(), "-v", "error"]
    for number, samples in enumerate(channels):
        (folder / f"{number}.wav").write_bytes(wav(samples.astype(np.float32)))
        late_s = second_late_s if number == 1 else 0.0
        command += ["-itsoffset", str(late_s), "-i", str(folder / f"{number}.wav")]
    for number in range(len(channels)):
        command += ["-map", f"{number}:a"]
    codec = "aac" if name.endswith("mp4") else "flac"
    subprocess.run([*command, "-c:a", codec, str(folder / name)], check=True)
    return folder / name


def speech(timeline: Any, speaker: str | None = None) -> np.ndarray:
    """In which hundredths of a second a speaker speaks, or anybody."""
    times = np.arange(0, timeline.duration_s, 0.01)
    flags = np.zeros(len(times), dtype=bool)
    for turn in timeline.turns:
        if speaker in {None, turn.speaker}:
            flags |= (times >= turn.start_s) & (times < turn.end_s)
    return flags


def assert_same_turns(found: Any, expected: Any, off_s: float = TOLERANCE_S) -> None:
    """The same speakers in the same order, each turn where it was, but for what is cut off at the end of a file."""
    assert (found.layout, found.speakers, found.customer) == (expected.layout, expected.speakers, expected.customer)
    length = min(len(speech(found)), len(speech(expected)))
    for speaker in expected.speakers:
        one, other = speech(found, speaker)[:length], speech(expected, speaker)[:length]
        assert (one ^ other).sum() * 0.01 < off_s * len(expected.turns)
        assert other.any()


def assert_all_heard(found: Any, expected: Any) -> None:
    """What anybody says is heard, whoever is taken for the speaker."""
    length = min(len(speech(found)), len(speech(expected)))
    missing = speech(expected)[:length] & ~speech(found)[:length]
    assert missing.sum() < 0.08 * speech(expected).sum()


def says(timeline: Any, words: str) -> bool:
    return any(words in note for note in timeline.notes)


COPIES = {
    "inverted": (-1.0, 0.0),
    "late": (1.0, 0.2),
    "late and inverted": (-0.9, 0.08),
    "weaker": (0.2, 0.0),
    "much weaker and late": (0.1, 0.15),
}


@pytest.mark.parametrize("copy", COPIES)
def test_both_channels_with_the_same_sound_are_one(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path, copy: str
) -> None:
    level, late_s = COPIES[copy]
    mono = call.sum(axis=1)
    found = heard(steps, tmp_path, np.stack([mono, level * late(mono, late_s)], axis=1))
    assert found.layout != "channels"
    assert says(found, "Both channels hold the same sound")
    assert_all_heard(found, good)


def test_a_copy_as_the_left_channel_is_one_too(steps: CallSteps, call: np.ndarray, tmp_path: Path) -> None:
    mono = call.sum(axis=1)
    found = heard(steps, tmp_path, np.stack([-0.3 * late(mono, 0.12), mono], axis=1))
    assert says(found, "Both channels hold the same sound")


@pytest.mark.parametrize("level_db", [-6, -14, -20])
def test_leaks_make_no_speech(steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path, level_db: float) -> None:
    found = heard(steps, tmp_path, leaking(call, level_db=level_db, late_s=0.1))
    assert_same_turns(found, good)
    assert says(found, "weaker and 100 ms later; it is not counted")


def test_channels_that_hardly_differ_are_said_to(steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path) -> None:
    found = heard(steps, tmp_path, leaking(call, level_db=-3.5, late_s=0.03))
    assert says(found, "may be wrong at places")
    assert not says(good, "wrong at places")


@pytest.mark.parametrize("offsets", [(0.1, 0.0), (0.0, 0.1), (-0.05, 0.0), (0.08, -0.08)])
def test_an_offset_in_a_channel_mutes_nobody(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path, offsets: tuple[float, float]
) -> None:
    assert_same_turns(heard(steps, tmp_path, call * 0.8 + offsets), good)


@pytest.mark.parametrize("channel", [0, 1])
def test_hiss_in_one_channel_mutes_nobody(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path, channel: int
) -> None:
    noisy = call.copy()
    noisy[:, channel] += np.random.default_rng(0).normal(0, 10 ** (-30 / 20), len(call))
    assert_same_turns(heard(steps, tmp_path, noisy), good)


@pytest.mark.parametrize("more", [-1.0, -0.5, 1.0, 0.0])
def test_a_third_channel_takes_nobody_away(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path, more: float
) -> None:
    found = heard(steps, tmp_path, np.column_stack([call, more * call[:, 1]]))
    assert_same_turns(found, good)
    assert says(found, "Of 3 channels, channel 1 and channel 2 are taken")


def test_a_mix_beside_the_sides_is_left_out(steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path) -> None:
    found = heard(steps, tmp_path, np.column_stack([call, call.mean(axis=1)]))
    assert_same_turns(found, good)


def test_three_voices_of_which_one_is_turned_over_are_averaged(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path
) -> None:
    other = np.roll(call[:, 0], 9 * SAMPLE_RATE_HZ)
    mixed = np.column_stack([call[:, 0], call[:, 1], other - 0.9 * call[:, 1]])
    found = heard(steps, tmp_path, mixed, speakers="one")
    assert_all_heard(found, good)
    assert says(found, "3 channels were averaged into one")


@pytest.mark.parametrize("mixing", [((1, 1), (1, -1)), ((1, 1), (0, -1)), ((0.6, 1), (0.3, -0.95))])
def test_opposite_phase_is_not_averaged_away(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path, mixing: tuple[tuple[float, float], ...]
) -> None:
    mixed = np.stack([call @ weights for weights in mixing], axis=1) * 0.7
    assert_all_heard(heard(steps, tmp_path, mixed, speakers="one"), good)


def test_two_tracks_are_the_two_sides(steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path) -> None:
    found = heard(steps, tmp_path, tracks(tmp_path, call[:, 0], call[: -2 * SAMPLE_RATE_HZ, 1]))
    assert_same_turns(found, good)
    assert says(found, "two audio tracks")


def test_a_track_that_begins_later_is_heard_when_it_was_said(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path
) -> None:
    late_s = 4
    later = call[late_s * SAMPLE_RATE_HZ :, 1]
    found = heard(steps, tmp_path, tracks(tmp_path, call[:, 0], later, second_late_s=late_s))
    assert_same_turns(found, good)


def test_a_short_track_takes_no_call_away(steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path) -> None:
    found = heard(steps, tmp_path, tracks(tmp_path, call, call[: SAMPLE_RATE_HZ // 2, 0]))
    assert_same_turns(found, good)


def test_tracks_beyond_the_fourth_are_said_to_be_left_out(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path
) -> None:
    found = heard(steps, tmp_path, tracks(tmp_path, call[:, 0], call[:, 1], *[0 * call[:, 0]] * 4))
    assert_same_turns(found, good)
    assert says(found, "first 4 audio tracks")


def test_two_stereo_tracks_are_the_two_sides(steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path) -> None:
    agent, customer = (np.repeat(call[:, [place]], 2, axis=1) for place in (0, 1))
    found = heard(steps, tmp_path, tracks(tmp_path, agent, customer, name="call.mp4"))
    assert_same_turns(found, good)
    assert says(found, "of track 1 and channel")


def test_of_two_tracks_the_one_that_speaks_is_heard(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path
) -> None:
    mono = call.sum(axis=1)
    found = heard(steps, tmp_path, tracks(tmp_path, 0 * mono, mono))
    assert_all_heard(found, good)
    assert says(found, "two audio tracks")
    assert says(found, "Nobody speaks in the left channel")


def test_a_silent_track_beside_a_stereo_call_is_left_out(
    steps: CallSteps, call: np.ndarray, good: Any, tmp_path: Path
) -> None:
    found = heard(steps, tmp_path, tracks(tmp_path, 0 * call[:, 0], call))
    assert_same_turns(found, good)
    assert says(found, "channel 1 of track 2 and channel 2 of track 2")


def test_one_voice_is_never_silently_the_customers(steps: CallSteps, call: np.ndarray, tmp_path: Path) -> None:
    found = heard(steps, tmp_path, call[:, 0])
    assert found.customer == "A"
    assert says(found, "do not take it for the customer's mood")


def test_a_guess_is_doubted_where_both_begin_at_once(steps: CallSteps, call: np.ndarray, tmp_path: Path) -> None:
    together = np.stack([call[: 20 * SAMPLE_RATE_HZ, 0], call[5 * SAMPLE_RATE_HZ :, 1][: 20 * SAMPLE_RATE_HZ]], axis=1)
    assert says(heard(steps, tmp_path, together), "is in doubt")
    (tmp_path / "b").mkdir()
    assert not says(heard(steps, tmp_path / "b", together, customer="right"), "is in doubt")


def test_channels_that_always_speak_at_once_are_doubted(steps: CallSteps, call: np.ndarray, tmp_path: Path) -> None:
    """Two mixes that are no copies of one another, as two microphones in one room give them."""
    away = np.random.default_rng(4).normal(size=(2, 4000)) * np.exp(-np.arange(4000) / 1500) * 0.03
    mono = call.sum(axis=1)
    room = np.stack([np.convolve(mono, response)[: len(mono)] for response in away], axis=1)
    found = heard(steps, tmp_path, room / np.abs(room).max() * 0.8)
    assert says(found, "speak at once most of the time") or says(found, "hold the same sound")


def test_weights_keep_what_the_mean_loses() -> None:
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(2, 40, 1000))
    apart = np.stack([one * (np.arange(40) % 2)[:, None], other * (np.arange(40) % 2 == 0)[:, None]])

    def products(mixing: list[list[float]]) -> np.ndarray:
        mixed = np.einsum("cs,sbn->bcn", np.array(mixing), apart)
        return np.einsum("bcn,bdn->bcd", mixed, mixed) / 1000

    assert mix_weights(products([[1, 0], [0, 1]])) == (0.5, 0.5)
    assert mix_weights(products([[1, 1], [-1, -1]])) in {(0.5, -0.5), (1.0, 0.0), (0.0, 1.0)}
    assert mix_weights(products([[1, 0], [0, 1], [0, -1]]))[1:] in {(1 / 3, -1 / 3), (-1 / 3, 1 / 3)}
    assert mix_weights(products([[1, 1], [1, -1]])) in {(1.0, 0.0), (0.0, 1.0)}


def test_more_channels_than_are_compared_are_named() -> None:
    survey = Survey(8)
    survey.add(np.random.default_rng(0).normal(0, 0.1, (64_000, 8)).astype(np.float32))
    kept = kept_of(survey.found(), (12,))
    assert kept.count == 1
    assert any("first 8 of 12" in note for note in kept.notes)
    assert kept.of(np.ones((5, 12), dtype=np.float32)).shape == (5, 1)


def test_silence_is_kept_as_one_channel() -> None:
    survey = Survey(4)
    survey.add(np.zeros((64_000, 4), dtype=np.float32))
    assert kept_of(survey.found(), (4,)).count == 1


REFERENCES = {
    "call_leak_12dB.ogg": "call_good.ogg",
    "call_leak_10dB_100ms_late.ogg": "call_good.ogg",
    "call_agent_track_1_customer_track_2.mkv": "call_good.ogg",
    "call_three_channels_third_inverted.ogg": "call_good.ogg",
    "call_dc_in_agent_channel.flac": "call_good.ogg",
}


@pytest.mark.skipif(not CASES.is_dir(), reason="no cases at hand")
@pytest.mark.parametrize("name", REFERENCES)
def test_cases_from_practice_are_as_their_reference(steps: CallSteps, tmp_path: Path, name: str) -> None:
    reference = tmp_path / "reference"
    reference.mkdir()
    expected = heard(steps, reference, CASES / REFERENCES[name])
    assert len(expected.turns) == 8
    assert_same_turns(heard(steps, tmp_path, CASES / name), expected)


@pytest.mark.skipif(not CASES.is_dir(), reason="no cases at hand")
def test_a_case_with_the_mix_in_both_channels_is_as_mono(steps: CallSteps, tmp_path: Path) -> None:
    found = heard(steps, tmp_path, CASES / "call_both_in_each_one_leg_inverted.ogg")
    assert found.layout != "channels"
    assert says(found, "Both channels hold the same sound")
    assert len(found.turns) == 8
