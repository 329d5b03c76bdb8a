"""Waveform augmentations: the same words as another room, line, codec or voice would carry them.

Every function takes and gives a float32 waveform (samples,) at 16 kHz and draws from the generator it is handed.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import scipy.signal

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

SAMPLE_RATE_HZ = 16_000

# How often a copy meets each disturbance.
TILTED, IN_A_ROOM, NOISY, IN_BABBLE, BAND_LIMITED, ON_THE_TELEPHONE = 0.7, 0.3, 0.3, 0.2, 0.4, 0.2
COMPANDED = 0.5
ON_A_LINE = 0.5
SPED, SPEEDS = 0.6, (0.88, 1.14)
IN_LOUD_BABBLE = 0.5
VOCODER_HOP = 128


def change_speed(samples: Samples, factor: float) -> Samples:
    """Play faster (factor > 1) or slower: tempo, pitch and formants move together, as with another speaker."""
    up, down = 100, round(100 * factor)
    return np.asarray(scipy.signal.resample_poly(samples, up, down), dtype=np.float32)


def add_noise(samples: Samples, rng: np.random.Generator) -> Samples:
    """Add coloured noise at 5 to 30 dB below the speech."""
    white = rng.standard_normal(len(samples))
    spectrum = np.fft.rfft(white)
    tilt = rng.uniform(0.0, 1.0)
    spectrum /= np.maximum(np.arange(len(spectrum)), 1.0) ** tilt
    noise = np.fft.irfft(spectrum, len(samples))
    return mix_at(samples, noise, snr_db=rng.uniform(5.0, 30.0))


def add_babble(samples: Samples, others: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Add other voices, 8 to 25 dB below the speech."""
    babble = np.zeros(len(samples))
    for other in others:
        babble += np.resize(np.roll(other, rng.integers(len(other))), len(samples))
    return mix_at(samples, babble, snr_db=rng.uniform(8.0, 25.0))


def mix_at(samples: Samples, noise: npt.NDArray[np.floating], *, snr_db: float) -> Samples:
    """Add the noise at the given ratio of mean powers."""
    ratio = float(np.sqrt(np.mean(np.square(samples)) / (np.mean(np.square(noise)) + 1e-12)))
    return np.asarray(samples + noise * ratio * 10.0 ** (-snr_db / 20.0), dtype=np.float32)


def telephone(samples: Samples, rng: np.random.Generator) -> Samples:
    """Pass a telephone line: 300 to 3,400 Hz, and half of the time eight-bit mu-law."""
    band = scipy.signal.butter(4, (300.0, 3_400.0), "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    narrow = scipy.signal.sosfilt(band, samples)
    if rng.random() < COMPANDED:
        peak = np.max(np.abs(narrow)) + 1e-9
        compressed = np.sign(narrow) * np.log1p(255.0 * np.abs(narrow) / peak) / np.log(256.0)
        compressed = np.round(compressed * 127.0) / 127.0
        narrow = np.sign(compressed) * (256.0 ** np.abs(compressed) - 1.0) / 255.0 * peak
    return np.asarray(narrow, dtype=np.float32)


def low_pass(samples: Samples, rng: np.random.Generator) -> Samples:
    """Cut the highest band off, as lossy codecs do."""
    edge_hz = rng.uniform(3_500.0, 7_500.0)
    cut = scipy.signal.butter(8, edge_hz, "lowpass", fs=SAMPLE_RATE_HZ, output="sos")
    return np.asarray(scipy.signal.sosfilt(cut, samples), dtype=np.float32)


def tilt(samples: Samples, rng: np.random.Generator) -> Samples:
    """Colour the spectrum as another microphone would: a random smooth equaliser of up to 6 dB."""
    gains_db = rng.uniform(-6.0, 6.0, size=6)
    response = scipy.signal.firwin2(
        129, (0, 300, 1_000, 2_500, 5_000, 8_000), 10.0 ** (gains_db / 20.0), fs=SAMPLE_RATE_HZ
    )
    return np.asarray(scipy.signal.fftconvolve(samples, response, mode="same"), dtype=np.float32)


def room(samples: Samples, rng: np.random.Generator) -> Samples:
    """Add the echo of a room: a decaying noise tail after the direct sound."""
    decay_s = rng.uniform(0.1, 0.5)
    time_s = np.arange(int(decay_s * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ
    tail = rng.standard_normal(len(time_s)) * np.exp(-6.9 * time_s / decay_s)
    tail *= rng.uniform(0.1, 0.6) / np.sqrt(np.sum(tail**2))
    tail[0] = 1.0
    return np.asarray(scipy.signal.fftconvolve(samples, tail)[: len(samples)], dtype=np.float32)


def random_chain(samples: Samples, others: Sequence[Samples], rng: np.random.Generator, *, speed: float) -> Samples:
    """Draw one augmented copy: a speed, then each disturbance with its own probability."""
    copy = change_speed(samples, speed) if speed != 1.0 else samples
    if rng.random() < TILTED:
        copy = tilt(copy, rng)
    if rng.random() < IN_A_ROOM:
        copy = room(copy, rng)
    if rng.random() < NOISY:
        copy = add_noise(copy, rng)
    elif rng.random() < IN_BABBLE:
        copy = add_babble(copy, others, rng)
    if rng.random() < BAND_LIMITED:
        copy = low_pass(copy, rng)
    elif rng.random() < ON_THE_TELEPHONE:
        copy = telephone(copy, rng)
    return copy


def harsh_chain(samples: Samples, others: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Draw one copy as telephones and messengers would leave it: speed, room, babble or noise, a real codec."""
    copy = change_speed(samples, float(rng.uniform(*SPEEDS))) if rng.random() < SPED else samples
    if rng.random() < TILTED:
        copy = tilt(copy, rng)
    if rng.random() < IN_A_ROOM:
        copy = room(copy, rng)
    if rng.random() < NOISY:
        copy = add_noise(copy, rng)
    elif rng.random() < IN_LOUD_BABBLE:
        copy = _babble(copy, others, rng)
    return _coded(copy, rng)


def _babble(samples: Samples, others: Sequence[Samples], rng: np.random.Generator) -> Samples:
    """Add voices of equal power, 3 to 22 dB below the speech."""
    babble = np.zeros(len(samples))
    for other in others:
        voice = np.resize(np.roll(other, rng.integers(len(other))), len(samples))
        babble += voice / np.sqrt(np.mean(np.square(voice)) + 1e-12)
    return mix_at(samples, babble, snr_db=rng.uniform(3.0, 22.0))


def _coded(samples: Samples, rng: np.random.Generator) -> Samples:
    """Pass one of a telephone's or a messenger's codecs, or none."""
    way = rng.choice(("ULAW", "GSM610", "OPUS", "telephone", "low_pass", "none"), p=(0.15, 0.12, 0.15, 0.1, 0.13, 0.35))
    if way == "telephone":
        return telephone(samples, rng)
    if way == "low_pass":
        return low_pass(samples, rng)
    return samples if way == "none" else through_codec(samples, str(way), strength=float(rng.uniform(0.7, 1.0)))


def through_codec(samples: Samples, name: str, *, strength: float = 1.0) -> Samples:
    """Encode and decode: "ULAW" and "GSM610" at 8 kHz, "OPUS" at 16 kHz, the harder the nearer `strength` is to one."""
    import soundfile

    wide = name == "OPUS"
    at_half = 0.5 * samples / max(float(np.max(np.abs(samples))), 1e-4)
    narrow = at_half if wide else np.clip(scipy.signal.resample_poly(at_half, 1, 2), -1.0, 1.0)
    store = io.BytesIO()
    options = {"compression_level": strength} if wide else {}
    with soundfile.SoundFile(
        store, "w", SAMPLE_RATE_HZ if wide else SAMPLE_RATE_HZ // 2, 1, name, format="OGG" if wide else "WAV", **options
    ) as encoded:
        encoded.write(narrow)
    store.seek(0)
    decoded, sample_rate_hz = soundfile.read(store, dtype="float32")
    return np.asarray(scipy.signal.resample_poly(decoded, SAMPLE_RATE_HZ, sample_rate_hz), dtype=np.float32)


def codec(samples: Samples, rng: np.random.Generator) -> Samples:
    """Pass a telephone line or lose the highest band, one as likely as the other."""
    return telephone(samples, rng) if rng.random() < ON_A_LINE else low_pass(samples, rng)


def change_gain(samples: Samples, gain_db: float) -> Samples:
    """Play louder (gain > 0) or softer, as far as full scale allows."""
    return np.asarray(np.clip(samples * 10.0 ** (gain_db / 20.0), -1.0, 1.0), dtype=np.float32)


def stretch_time(samples: Samples, factor: float) -> Samples:
    """Make longer (factor > 1) or shorter at the same pitch, with a phase vocoder."""
    hop, size = VOCODER_HOP, 4 * VOCODER_HOP
    long_enough = _of_length(samples, max(len(samples), size) + hop)
    spectrum = scipy.signal.stft(long_enough, nperseg=size, noverlap=size - hop)[2]
    moments = np.arange(0.0, spectrum.shape[1] - 1, 1.0 / factor)
    before = moments.astype(np.int64)
    share = moments - before
    magnitude = np.abs(spectrum)
    magnitude = (1.0 - share) * magnitude[:, before] + share * magnitude[:, before + 1]
    # Each bin's phase goes on as fast as it did between the two frames around the moment.
    expected = 2.0 * np.pi * hop / size * np.arange(len(spectrum))[:, None]
    deviation = np.diff(np.angle(spectrum), axis=1) - expected
    advance = expected + deviation - 2.0 * np.pi * np.round(deviation / (2.0 * np.pi))
    steps = advance[:, before]
    phase = np.angle(spectrum[:, :1]) + np.cumsum(steps, axis=1) - steps
    stretched = scipy.signal.istft(magnitude * np.exp(1j * phase), nperseg=size, noverlap=size - hop)[1]
    return _of_length(stretched, round(len(samples) * factor))


def change_pitch(samples: Samples, semitones: float) -> Samples:
    """Raise (semitones > 0) or lower the voice at the same tempo: stretched, then played faster."""
    factor = 2.0 ** (semitones / 12.0)
    return _of_length(change_speed(stretch_time(samples, factor), factor), len(samples))


def _of_length(samples: npt.NDArray[np.floating], length: int) -> Samples:
    return np.asarray(np.pad(samples[:length], (0, max(0, length - len(samples)))), dtype=np.float32)
