"""Where somebody speaks: Silero's voice activity network, run through ONNX Runtime.

The weights are those inside the silero-vad package (MIT); importing the package itself would import torch.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.waveform import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    import numpy.typing as npt
    import onnxruntime

    from emotion_clf.audio.sound import Sound

FRAME_SAMPLES: Final = 512
FRAME_S: Final = FRAME_SAMPLES / SAMPLE_RATE_HZ
SPEECH_PROBABILITY: Final = 0.5
_CONTEXT_SAMPLES: Final = 64
_RUN_SAMPLES: Final = 500 * FRAME_SAMPLES
_STATE_SHAPE: Final = (1, 1, 128)


class VoiceActivity:
    """Hears sound piece by piece, as it would hear it in one piece.

    What is fed is heard in runs of 500 frames, and the network's state and the end of the frame before go along.
    """

    def __init__(self) -> None:
        self._session = _session()
        self._state = (np.zeros(_STATE_SHAPE, dtype=np.float32), np.zeros(_STATE_SHAPE, dtype=np.float32))
        self._context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)
        self._waiting = np.zeros(0, dtype=np.float32)

    def feed(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """The probabilities of those frames that are whole by now.

        Args:
            samples: the next ones, at 16 kHz, shape (n,).
        """
        joined = np.concatenate([self._waiting, samples])
        whole = len(joined) // _RUN_SAMPLES * _RUN_SAMPLES
        self._waiting = joined[whole:]
        return self._heard(joined[:whole])

    def finish(self) -> npt.NDArray[np.float32]:
        """The probabilities of the frames that are left; the last one is padded with zeros."""
        rest = np.pad(self._waiting, (0, -len(self._waiting) % FRAME_SAMPLES))
        self._waiting = self._waiting[:0]
        return self._heard(rest)

    def _heard(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        found = [np.zeros(0, dtype=np.float32)]
        for start in range(0, len(samples), _RUN_SAMPLES):
            frames = self._framed(samples[start : start + _RUN_SAMPLES])
            state_h, state_c = self._state
            probabilities, state_h, state_c = self._session.run(None, {"input": frames, "h": state_h, "c": state_c})
            self._state = (state_h, state_c)
            found.append(probabilities)
        return np.concatenate(found)

    def _framed(self, samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Frames of shape (count, 64 + 512), each led by the end of the frame before it."""
        led = np.concatenate([self._context, samples])
        self._context = led[-_CONTEXT_SAMPLES:]
        windows = np.lib.stride_tricks.sliding_window_view(led, _CONTEXT_SAMPLES + FRAME_SAMPLES)
        return np.ascontiguousarray(windows[::FRAME_SAMPLES])


def speech_probabilities(sound: Sound) -> npt.NDArray[np.float32]:
    """The probability of speech in each 32-ms frame.

    Args:
        sound: sound at 16 kHz; the last frame is padded with zeros.

    Returns:
        float32 array of shape (ceil(n / 512),) with values in [0, 1].
    """
    activity = VoiceActivity()
    found = [
        activity.feed(sound.read(start, min(start + _RUN_SAMPLES, sound.frames)))
        for start in range(0, sound.frames, _RUN_SAMPLES)
    ]
    return np.concatenate([*found, activity.finish()])


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
