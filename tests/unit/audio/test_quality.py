from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform, assess, decode_path, hear
from emotion_clf.audio.voice_activity import FRAME_SAMPLES, speech_probabilities
from emotion_clf.errors import SilentAudioError
from tests.support.sound import real_clips, voice, wav


def codes(samples: np.ndarray) -> set[str]:
    return {warning.code for warning in assess(hear(Waveform(samples.astype(np.float32)))).warnings}


def noise(duration_s: float, level: float) -> np.ndarray:
    return np.random.default_rng(0).normal(0, level, round(duration_s * SAMPLE_RATE_HZ))


def test_a_clean_voice_has_no_warning() -> None:
    assert codes(voice(3.0)) == set()


def test_most_real_clips_have_no_warning() -> None:
    clips = real_clips(24)
    warned = [path for path in clips if assess(hear(decode_path(path).waveform)).warnings]
    assert len(warned) <= len(clips) / 4


@pytest.mark.parametrize("samples", [np.zeros(SAMPLE_RATE_HZ), noise(1.0, 1e-6)])
def test_silence_is_an_error(samples: np.ndarray) -> None:
    with pytest.raises(SilentAudioError, match="microphone"):
        codes(samples)


def test_noise_and_tones_are_no_speech() -> None:
    assert "no_speech" in codes(noise(3.0, 0.1))
    assert "no_speech" in codes(0.3 * np.sin(2 * np.pi * 440 * np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ))


def test_a_word_in_a_long_pause_is_no_reason_to_warn() -> None:
    assert codes(np.concatenate([noise(8.0, 1e-3), voice(1.5), noise(8.0, 1e-3)])) == set()
    assert codes(np.concatenate([np.zeros(28 * SAMPLE_RATE_HZ), voice(1.5)])) == set()


def test_a_distant_voice_is_too_quiet() -> None:
    assert "too_quiet" in codes(voice(3.0) * 0.005)
    assert "too_quiet" not in codes(voice(3.0) * 0.5)


def test_an_overdriven_voice_is_clipped() -> None:
    assert "clipped" in codes(np.clip(voice(3.0) * 8, -1, 1))


def test_a_voice_overdriven_before_it_was_resampled_is_clipped(tmp_path: Path) -> None:
    for gain, clipped in ((1, False), (8, True)):
        path = tmp_path / f"{gain}.wav"
        path.write_bytes(wav(np.clip(voice(3.0) / np.abs(voice(3.0)).max() * gain, -1, 1), 48_000))
        warnings = assess(hear(decode_path(path).waveform)).warnings
        assert ("clipped" in {warning.code for warning in warnings}) is clipped


def test_a_voice_in_noise_is_noisy() -> None:
    pause = np.zeros(SAMPLE_RATE_HZ)
    speech = np.concatenate([pause, voice(2.0), pause])
    level = np.sqrt(np.mean(np.square(voice(2.0))))
    assert "noisy" in codes(speech + noise(4.0, level * 0.6))
    assert "noisy" not in codes(speech + noise(4.0, level * 0.02))


def test_speech_probabilities_find_the_voice_between_pauses() -> None:
    pause = noise(2.0, 1e-4)
    found = speech_probabilities(Waveform(np.concatenate([pause, voice(2.0), pause]).astype(np.float32)))
    frames_per_s = SAMPLE_RATE_HZ / FRAME_SAMPLES
    assert len(found) == -(-6 * SAMPLE_RATE_HZ // FRAME_SAMPLES)
    assert found[: int(1.5 * frames_per_s)].max() < 0.5
    assert np.median(found[int(2.2 * frames_per_s) : int(3.8 * frames_per_s)]) > 0.8
    assert found[int(4.7 * frames_per_s) :].max() < 0.5


def test_speech_probabilities_do_not_depend_on_the_length_of_a_run() -> None:
    long = np.tile(voice(3.0), 12)
    whole = speech_probabilities(Waveform(long))
    start = speech_probabilities(Waveform(long[: 300 * FRAME_SAMPLES]))
    np.testing.assert_allclose(whole[:300], start, atol=1e-4)
