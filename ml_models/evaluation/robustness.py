"""What speech may meet on its way: telephone lines, codecs, noise, other voices, wrong levels; and short windows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from ml_models.errors import TrainingDataError
from ml_models.evaluation.codecs import MU_LAW_8_KHZ, OPUS_16_KBIT, transcode

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]
    Floats = npt.NDArray[np.floating]

SAMPLE_RATE_HZ = 16_000
SNRS_DB = (20, 10, 0)
VOICES_IN_BABBLE = 6
FRAME = SAMPLE_RATE_HZ // 50
SPEECH_RANGE_DB = 30.0
WINDOW = 3 * SAMPLE_RATE_HZ
HOP = WINDOW // 2
SILENT_POWER = 1e-20


@dataclass(frozen=True)
class Condition:
    """One disturbance.

    Attributes:
        title: as people read it.
        apply: from sounds, other speakers' sounds and a seed to the disturbed sounds.
    """

    title: str
    apply: Callable[[Sequence[Samples], Sequence[Samples], int], list[Samples]]


def disturb(sounds: Sequence[Samples], condition: str, *, others: Sequence[Samples], seed: int) -> list[Samples]:
    """Disturb sounds.

    Args:
        sounds: float32 waveforms (samples,) at 16 kHz.
        condition: a key of CONDITIONS.
        others: clips of speakers who speak in none of the sounds; babble is made of them.
        seed: of the noise and of the choice of voices.

    Returns:
        float32 waveforms of the same lengths and alignment. Noise may carry them beyond full scale.

    Raises:
        TrainingDataError: no such condition, babble without other voices, or an ffmpeg without the codec.
        EmotionError: there is no ffmpeg.
    """
    if condition not in CONDITIONS:
        raise TrainingDataError(f"There is no condition {condition}; choose one of {', '.join(CONDITIONS)}.")
    return CONDITIONS[condition].apply(sounds, others, seed)


def windows_3_s(samples: Samples) -> list[Samples]:
    """Cut a waveform into windows of three seconds, one every 1.5 s, the last one ending with the waveform.

    What is shorter than three seconds is one window as it is.
    """
    last = len(samples) - WINDOW
    if last <= 0:
        return [samples]
    return [samples[start : start + WINDOW] for start in (*range(0, last, HOP), last)]


def speech_power(samples: Samples) -> float:
    """Mean power where there is speech: in the frames of 20 ms within 30 dB of the loudest."""
    if len(samples) < FRAME:
        return float(np.mean(np.square(samples, dtype=np.float64)))
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    powers = np.mean(np.square(frames, dtype=np.float64), axis=1)
    return float(powers[powers >= powers.max() * 10.0 ** (-SPEECH_RANGE_DB / 10.0)].mean())


def _coded(codec: Sequence[str], sounds: Sequence[Samples], _others: Sequence[Samples], _seed: int) -> list[Samples]:
    return transcode(sounds, codec)


def _gained(gain_db: float, sounds: Sequence[Samples], _others: Sequence[Samples], _seed: int) -> list[Samples]:
    """Change the level; what passes full scale is clipped, as a recording would be."""
    factor = np.float32(10.0 ** (gain_db / 20.0))
    return [np.clip(samples * factor, -1.0, 1.0) for samples in sounds]


def _in_white_noise(snr_db: float, sounds: Sequence[Samples], _others: Sequence[Samples], seed: int) -> list[Samples]:
    return [
        _mixed(samples, np.random.default_rng((seed, index)).standard_normal(len(samples)), snr_db)
        for index, samples in enumerate(sounds)
    ]


def _in_babble(snr_db: float, sounds: Sequence[Samples], others: Sequence[Samples], seed: int) -> list[Samples]:
    if not len(others):
        raise TrainingDataError("Babble is made of other people's clips; give clips of other speakers.")
    return [
        _mixed(samples, _babble(others, len(samples), np.random.default_rng((seed, index))), snr_db)
        for index, samples in enumerate(sounds)
    ]


def _babble(others: Sequence[Samples], length: int, rng: np.random.Generator) -> Floats:
    """Let several voices of equal power speak at once, each from a random place of its clip, over and over."""
    babble = np.zeros(length)
    for index in rng.choice(len(others), size=min(VOICES_IN_BABBLE, len(others)), replace=False).tolist():
        voice = np.roll(others[index], rng.integers(len(others[index])))
        babble += np.resize(voice, length) / np.sqrt(speech_power(voice) + SILENT_POWER)
    return babble


def _mixed(samples: Samples, noise: Floats, snr_db: float) -> Samples:
    """Add noise whose mean power lies the given ratio below the power of the speech."""
    ratio = speech_power(samples) / (float(np.mean(np.square(noise))) + SILENT_POWER)
    return np.asarray(samples + noise * np.sqrt(ratio) * 10.0 ** (-snr_db / 20.0), dtype=np.float32)


CONDITIONS: dict[str, Condition] = {
    "mu_law_8khz": Condition("8 kHz mu-law", partial(_coded, MU_LAW_8_KHZ)),
    "opus_16k": Condition("Opus, 16 kbit/s", partial(_coded, OPUS_16_KBIT)),
    **{f"babble_{snr}db": Condition(f"babble, {snr} dB", partial(_in_babble, snr)) for snr in SNRS_DB},
    **{f"white_{snr}db": Condition(f"white noise, {snr} dB", partial(_in_white_noise, snr)) for snr in SNRS_DB},
    "gain_plus_12db": Condition("gain +12 dB, clipped", partial(_gained, 12.0)),
    "gain_minus_12db": Condition("gain -12 dB", partial(_gained, -12.0)),
}
