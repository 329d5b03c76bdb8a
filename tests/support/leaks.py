"""Calls that were not recorded as they should be: leaks, copies, turned channels."""

from __future__ import annotations

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ


def late(samples: np.ndarray, late_s: float) -> np.ndarray:
    """The same sound later; as long as before."""
    count = round(late_s * SAMPLE_RATE_HZ)
    return np.concatenate([np.zeros_like(samples[:count]), samples[: len(samples) - count]])


def leaking(
    call: np.ndarray,
    *,
    level_db: float,
    late_s: float = 0.0,
    sign: int = 1,
    both: bool = True,
    response: np.ndarray | None = None,
) -> np.ndarray:
    """A call of shape (n, 2) in which the left channel leaks into the right one, and the right one into the left.

    Args:
        call: the call.
        level_db: of the copy, beside its source.
        late_s: how much later it is.
        sign: -1 where it is turned upside down.
        both: False where only the left channel leaks.
        response: the path's impulse response.
    """
    copy = sign * 10 ** (level_db / 20) * late(call, late_s)[:, ::-1]
    if response is not None:
        copy = np.stack([np.convolve(channel, response)[: len(call)] for channel in copy.T], axis=1)
    return (call + copy * [float(both), 1.0]).astype(np.float32)


def telephone(taps: int = 256) -> np.ndarray:
    """The impulse response of a telephone line, 300 to 3,400 Hz."""
    frequencies = np.fft.rfftfreq(taps, 1 / SAMPLE_RATE_HZ)
    passed = (frequencies > 300) & (frequencies < 3400)
    return np.fft.irfft(passed * np.exp(-1j * np.pi * np.arange(len(passed))), taps) * np.hanning(taps)
