from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, decode_path
from emotion_clf.audio.mono import keep_mono, mono_of
from emotion_clf.audio.sound import SoundFile
from emotion_clf.errors import InvalidRequestError, TooShortError, TranscriptionCancelledError
from tests.support.sound import voice, wav

OPTIONS = DecodeOptions(min_s=0.5, max_s=20.0, timeout_s=60.0)


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Nine seconds in two channels that differ."""
    sound = voice(9.0)
    path = tmp_path / "talk.wav"
    path.write_bytes(wav(np.stack([sound, 0.5 * sound], axis=1)))
    return path


def test_the_file_holds_what_decoding_at_once_gives(recording: Path, tmp_path: Path) -> None:
    kept = keep_mono(recording, tmp_path / "sound.flac", OPTIONS)
    assert (kept.duration_s, kept.cut, kept.damaged) == (9.0, False, False)
    with SoundFile(tmp_path / "sound.flac") as file:
        sound = mono_of(file)
        found = sound.read(0, sound.frames)
    assert np.abs(found - decode_path(recording, OPTIONS).waveform.samples).max() < 1e-4


@pytest.mark.parametrize("longest_s", [1.5, 4.0, 8.9, 9.0, 9.1])
def test_what_is_longer_is_cut_and_that_is_told(recording: Path, tmp_path: Path, longest_s: float) -> None:
    kept = keep_mono(recording, tmp_path / "sound.flac", DecodeOptions(max_s=longest_s))
    assert (kept.duration_s, kept.cut) == (min(longest_s, 9.0), longest_s < 9.0)
    with SoundFile(tmp_path / "sound.flac") as file:
        assert file.frames == round(kept.duration_s * SAMPLE_RATE_HZ)


def test_nothing_is_left_of_what_failed(recording: Path, tmp_path: Path) -> None:
    def stop() -> None:
        raise TranscriptionCancelledError("Stopped.")

    target = tmp_path / "sound.flac"
    with pytest.raises(TranscriptionCancelledError):
        keep_mono(recording, target, OPTIONS, stop)
    with pytest.raises(TooShortError):
        keep_mono(recording, target, DecodeOptions(min_s=10.0))
    with pytest.raises(InvalidRequestError, match="cannot be read"):
        keep_mono(tmp_path / "gone.wav", target, OPTIONS)
    assert [path.name for path in tmp_path.iterdir()] == ["talk.wav"]
