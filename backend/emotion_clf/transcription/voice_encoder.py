"""Sound → what tells one voice from another.

The network is Resemblyzer's (Apache-2.0), written as an ONNX graph by scripts/make_speaker_encoder.py. It hears 1.6 s
at a time.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    import onnxruntime

    from emotion_clf.audio.sound import Sound

WINDOW_SAMPLES: Final = 16 * SAMPLE_RATE_HZ // 10
_GRAPH: Final = Path(__file__).with_name("data") / "speaker_encoder.onnx"
_FRAMES: Final = 160
_FRAME_SAMPLES: Final = 400
_HOP_SAMPLES: Final = 160
_BATCH: Final = 32
_LOUDNESS: Final = 0.05  # of full scale, about what the network was trained at
_SILENCE: Final = 1e-6


def voices(
    sound: Sound, starts: Sequence[int], *, threads: int, done: Callable[[float], None] | None = None
) -> npt.NDArray[np.float32]:
    """The voice heard in each window of 1.6 s.

    Args:
        sound: sound at 16 kHz; beyond its ends there is silence.
        starts: the first sample of each window; in order where the sound is read from a file.
        threads: processor threads of one inference.
        done: told after each batch which share of the windows is done, in [0, 1].

    Returns:
        float32 array of shape (len(starts), 256); rows have length 1 and no negative values.
    """
    session = _session(threads)
    found = [np.empty((0, 256), dtype=np.float32)]
    for first in range(0, len(starts), _BATCH):
        spectra = np.stack([_power(sound, start) for start in starts[first : first + _BATCH]])
        found.append(session.run(None, {"power": spectra})[0])
        if done is not None:
            done(min((first + _BATCH) / len(starts), 1.0))
    return np.concatenate(found)


def _power(sound: Sound, start: int) -> npt.NDArray[np.float32]:
    """The power spectra of a window, of shape (160, 201); every window is heard equally loud."""
    length = (_FRAMES - 1) * _HOP_SAMPLES + _FRAME_SAMPLES
    margin = _FRAME_SAMPLES // 2
    padded = np.zeros(length, dtype=np.float32)
    first, last = max(start - margin, 0), min(start - margin + length, sound.frames)
    if last > first:
        at = first - (start - margin)
        padded[at : at + last - first] = sound.read(first, last)
    level = float(np.sqrt(np.mean(np.square(padded))))
    padded *= _LOUDNESS / max(level, _SILENCE)
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME_SAMPLES)[::_HOP_SAMPLES]
    spectra = np.fft.rfft(frames * _hann(), axis=1)
    return (np.abs(spectra) ** 2).astype(np.float32)


@lru_cache(maxsize=1)
def _hann() -> npt.NDArray[np.float32]:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FRAME_SAMPLES) / _FRAME_SAMPLES)).astype(np.float32)


@lru_cache(maxsize=1)
def _session(threads: int) -> onnxruntime.InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(_GRAPH), options, providers=["CPUExecutionProvider"])
