"""Where somebody speaks: Silero's voice activity network, run through ONNX Runtime.

The weights are those inside the silero-vad package (MIT); importing the package itself would import torch.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.waveform import SAMPLE_RATE_HZ, Waveform

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

FRAME_SAMPLES: Final = 512
FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
SPEECH_PROBABILITY: Final = 0.5
_CONTEXT_SAMPLES: Final = 64
_FRAMES_PER_RUN: Final = 512
_STATE_SHAPE: Final = (1, 1, 128)


def speech_probabilities(waveform: Waveform) -> npt.NDArray[np.float32]:
    """The probability of speech in each 32-ms frame.

    Args:
        waveform: sound at 16 kHz; the last frame is padded with zeros.

    Returns:
        float32 array of shape (ceil(n / 512),) with values in [0, 1].
    """
    frames = _framed(waveform.samples)
    session = _session()
    state_h = np.zeros(_STATE_SHAPE, dtype=np.float32)
    state_c = np.zeros(_STATE_SHAPE, dtype=np.float32)
    found = []
    for start in range(0, len(frames), _FRAMES_PER_RUN):
        probabilities, state_h, state_c = session.run(
            None, {"input": frames[start : start + _FRAMES_PER_RUN], "h": state_h, "c": state_c}
        )
        found.append(probabilities)
    return np.concatenate(found)


def _framed(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Frames of shape (count, 64 + 512), each led by the end of the frame before it."""
    count = -(-len(samples) // FRAME_SAMPLES)
    padded = np.zeros(_CONTEXT_SAMPLES + count * FRAME_SAMPLES, dtype=np.float32)
    padded[_CONTEXT_SAMPLES : _CONTEXT_SAMPLES + len(samples)] = samples
    windows = np.lib.stride_tricks.sliding_window_view(padded, _CONTEXT_SAMPLES + FRAME_SAMPLES)
    return np.ascontiguousarray(windows[::FRAME_SAMPLES])


@lru_cache(maxsize=1)
def _session() -> onnxruntime.InferenceSession:
    import onnxruntime

    spec = find_spec("silero_vad")
    if spec is None or spec.origin is None:
        raise ImportError("The silero-vad package is not installed; run `make install`.")
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    weights = Path(spec.origin).parent / "data" / "silero_vad_16k_sequence.onnx"
    return onnxruntime.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"])
