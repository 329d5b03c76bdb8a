"""What is heard in one voice's sound, frame by frame: whether somebody speaks, how loudly, and in which rhythm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.audio.voice_activity import FRAME_SAMPLES, SPEECH_PROBABILITY, VoiceActivity

if TYPE_CHECKING:
    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Values = npt.NDArray[np.float32]

STEP_SAMPLES: Final = FRAME_SAMPLES // 2
STEP_S: Final = STEP_SAMPLES / SAMPLE_RATE_HZ
_VOWELS_HZ: Final = (200.0, 1800.0)
_TINY: Final = 1e-10


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    """One voice's sound.

    Attributes:
        speech: probability of speech in each 32-ms frame, float32 of shape (frames,).
        loudness_db: level of the band in which vowels are loud, float32 of shape (2 * frames,), every 16 ms.
    """

    speech: Values
    loudness_db: Values


class Listener:
    """Listens to one voice's sound piece by piece."""

    def __init__(self) -> None:
        self._activity = VoiceActivity()
        self._before = np.zeros(STEP_SAMPLES, dtype=np.float32)
        self._speech: list[Values] = []
        self._loudness_db: list[Values] = []

    def feed(self, samples: Values) -> None:
        """Hear the next samples, of shape (n,); n is a multiple of 512 for all but the last."""
        self._speech.append(self._activity.feed(samples))
        padded = np.pad(samples, (0, -len(samples) % FRAME_SAMPLES))
        self._loudness_db.append(_loudness_db(np.concatenate([self._before, padded])))
        self._before = padded[-STEP_SAMPLES:]

    def finish(self) -> Track:
        """All that was heard."""
        nothing = np.zeros(0, dtype=np.float32)
        return Track(
            speech=np.concatenate([nothing, *self._speech, self._activity.finish()]),
            loudness_db=np.concatenate([nothing, *self._loudness_db]),
        )


def speaking(track: Track, foreign: Flags | None = None) -> Flags:
    """Return in which frames the voice speaks, of shape (frames,).

    Args:
        track: what is heard of it.
        foreign: the frames in which what is heard came from another channel; None: in none.
    """
    speech = track.speech >= SPEECH_PROBABILITY
    return speech if foreign is None else speech & ~foreign


def _loudness_db(samples: Values) -> Values:
    """Level of the vowels' band in windows of 32 ms, every 16 ms; shape (n / 256 - 1,)."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, FRAME_SAMPLES)[::STEP_SAMPLES]
    spectra = np.fft.rfft(windows * np.hanning(FRAME_SAMPLES).astype(np.float32), axis=1)
    first, last = (round(edge * FRAME_SAMPLES / SAMPLE_RATE_HZ) for edge in _VOWELS_HZ)
    power = np.square(np.abs(spectra[:, first : last + 1])).sum(axis=1)
    return np.asarray(10 * np.log10(power + _TINY), dtype=np.float32)
