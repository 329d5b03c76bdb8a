from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.audio.sound import BLOCK_FRAMES, SoundFile
from emotion_clf.audio.voice_activity import VoiceActivity, speech_probabilities
from emotion_clf.errors import StorageError
from tests.support.sound import voice

if TYPE_CHECKING:
    from pathlib import Path

FRAMES = 3 * BLOCK_FRAMES + 1234


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    samples = np.stack([voice(FRAMES / SAMPLE_RATE_HZ), voice(FRAMES / SAMPLE_RATE_HZ)[::-1]], axis=1)
    path = tmp_path_factory.mktemp("sound") / "sound.flac"
    soundfile.write(path, samples, SAMPLE_RATE_HZ, subtype="PCM_16")
    return path, soundfile.read(path, dtype="float32")[0]


@settings(deadline=None, max_examples=20)
@given(spans=st.lists(st.tuples(st.integers(0, FRAMES), st.integers(0, 2 * BLOCK_FRAMES)), min_size=1, max_size=6))
def test_any_part_can_be_read_in_any_order(written: tuple[Path, np.ndarray], spans: list[tuple[int, int]]) -> None:
    path, samples = written
    with SoundFile(path) as sound:
        for start, length in spans:
            stop = min(start + length, FRAMES)
            np.testing.assert_array_equal(sound.read(start, stop), samples[start:stop])


def test_the_blocks_are_the_sound(written: tuple[Path, np.ndarray]) -> None:
    path, samples = written
    with SoundFile(path) as sound:
        assert (sound.frames, sound.channels) == samples.shape
        np.testing.assert_array_equal(np.concatenate(list(sound.blocks())), samples)
        right = sound.mono(lambda frames: frames[:, 1])
        np.testing.assert_array_equal(right.read(7, 99), samples[7:99, 1])


def test_a_sound_that_is_gone_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError):
        SoundFile(tmp_path / "sound.flac")
    (tmp_path / "sound.flac").write_bytes(b"fLaC")
    with pytest.raises(StorageError):
        SoundFile(tmp_path / "sound.flac")


def test_a_sound_that_is_cut_off_is_told(written: tuple[Path, np.ndarray], tmp_path: Path) -> None:
    content = written[0].read_bytes()
    (tmp_path / "sound.flac").write_bytes(content[: len(content) // 2])
    with SoundFile(tmp_path / "sound.flac") as sound, pytest.raises(StorageError):
        list(sound.blocks())


@settings(deadline=None, max_examples=8)
@given(cuts=st.lists(st.integers(0, 20 * SAMPLE_RATE_HZ), max_size=5))
def test_speech_is_heard_the_same_in_pieces(cuts: list[int]) -> None:
    samples = np.concatenate([voice(7.0), np.zeros(4 * SAMPLE_RATE_HZ, dtype=np.float32), voice(9.3)])
    activity = VoiceActivity()
    pieces = np.split(samples, sorted(cuts))
    found = np.concatenate([*(activity.feed(piece) for piece in pieces), activity.finish()])
    np.testing.assert_array_equal(found, speech_probabilities(Waveform(samples)))
