"""A recording → what a model hears of it: the speech alone, at one level, without what carries no emotion.

Serving and training share this. An offset, the polarity, the level, and the silence around the words depend on the
device and on when it was started; a model that hears them learns them, and answers by them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.voice_activity import FRAME_SAMPLES, SPEECH_PROBABILITY, speech_probabilities
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ, Waveform

if TYPE_CHECKING:
    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]
    Mask = npt.NDArray[np.bool_]

LEVEL_DBFS: Final = -26.0  # of the speech, so that its peaks stay under full scale
MARGIN_S: Final = 0.35  # around speech, whose soft ends are not found
LONGEST_PAUSE_S: Final = 0.6  # between two stretches of speech: rhythm is heard, waiting is not
_STOPPED_HZ: Final = 20.0
_PASSED_HZ: Final = 60.0
_LEAD_FRAMES: Final = 16
_NEAR_FRAMES: Final = 8
_SOFTEST_DB: Final = 35.0  # below the speech
_ANCHOR_SAMPLES: Final = 320
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """What a model hears, and where it stands in the recording.

    Attributes:
        recording: the recording as it was decoded.
        clean: (n,) all of the recording without its offset and rumble, at its own level.
        voiced: (n,) whether each sample of the recording lies in speech.
        waveform: what the model hears.
        spans: (stretches, 2) first sample, and last one + 1, of each stretch of the recording that is heard; the first
            may begin before the recording, and the last end after it, with silence.
    """

    recording: Waveform
    clean: Samples
    voiced: Mask
    waveform: Waveform
    spans: npt.NDArray[np.int64]

    @property
    def speech_s(self) -> float:
        """Return how much of the recording lies in speech, in seconds."""
        return float(self.voiced.sum()) / SAMPLE_RATE_HZ

    def recorded_s(self, heard_s: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Return the times in the recording, in seconds, of times in what is heard."""
        begins = np.concatenate([[0], np.cumsum(self.spans[:, 1] - self.spans[:, 0])[:-1]])
        places = np.asarray(heard_s, dtype=np.float64) * SAMPLE_RATE_HZ
        stretch = np.searchsorted(begins, places, side="right") - 1
        found = (self.spans[stretch, 0] + places - begins[stretch]) / SAMPLE_RATE_HZ
        inside: npt.NDArray[np.float64] = np.clip(found, 0.0, self.recording.duration_s)
        return inside


def hear(recording: Waveform) -> Heard:
    """Return what a model hears of a recording; where nobody speaks that is all of it."""
    clean = _without_rumble(recording.samples)
    spoken, lead = _spoken(clean)
    voiced = np.repeat(spoken, FRAME_SAMPLES)[lead : lead + len(clean)]
    spans = _spans(spoken, lead) if spoken.any() else np.array([[0, len(clean)]])
    around = round(MARGIN_S * SAMPLE_RATE_HZ) + FRAME_SAMPLES
    padded = np.pad(clean, around)
    kept = np.concatenate([padded[start + around : end + around] for start, end in spans])
    level = float(np.sqrt(_power(clean[voiced] if voiced.any() else clean)))
    return Heard(recording, clean, voiced, Waveform(_levelled(kept, level)), spans)


def _without_rumble(samples: Samples) -> Samples:
    """Take away the offset and what lies below every voice, and move nothing in time."""
    if not len(samples):
        return samples
    length = len(samples) + SAMPLE_RATE_HZ // 4  # so that the end does not reach round into the beginning
    spectrum = np.fft.rfft(samples - samples.mean(dtype=np.float64), length)
    frequencies_hz = np.fft.rfftfreq(length, 1 / SAMPLE_RATE_HZ)
    passed = np.clip((frequencies_hz - _STOPPED_HZ) / (_PASSED_HZ - _STOPPED_HZ), 0.0, 1.0)
    clean: Samples = np.fft.irfft(spectrum * np.sin(np.pi / 2 * passed) ** 2, length)[: len(samples)].astype(np.float32)
    return clean


def _spoken(clean: Samples) -> tuple[Mask, int]:
    """Find the frames that lie in speech, whatever its level and however long it is silent before.

    Frames are laid so that one begins where the sound is strongest, so they stay with the speech wherever it stands.
    Voice activity remembers what came before, and so finds an edge a little sooner or later: it says where speech is
    near, and how loud each frame is says the rest.

    Returns:
        Whether each frame does, and how many samples of the frames come before the recording.
    """
    energy = np.square(clean, dtype=np.float64)
    sums = np.cumsum(np.pad(energy, (_ANCHOR_SAMPLES, 0)))
    anchor = int(np.argmax(sums[_ANCHOR_SAMPLES:] - sums[:-_ANCHOR_SAMPLES])) if len(clean) else 0
    lead = _LEAD_FRAMES * FRAME_SAMPLES + -anchor % FRAME_SAMPLES
    # The energy-weighted mean energy is a level that silence does not move.
    level = float(np.sqrt(np.square(energy).sum() / max(energy.sum(), _TINY)))
    led = np.pad(_levelled(clean, level), (lead, -(lead + len(clean)) % FRAME_SAMPLES))
    speaking = speech_probabilities(Waveform(led)) >= SPEECH_PROBABILITY
    power = np.square(led.reshape(-1, FRAME_SAMPLES)).mean(axis=1)
    loudest = power[speaking].mean() if speaking.any() else 0.0
    near = np.convolve(speaking, np.ones(2 * _NEAR_FRAMES + 1), mode="same") > 0
    return near & (power > loudest * 10 ** (-_SOFTEST_DB / 10)), lead


def _spans(spoken: Mask, lead: int) -> npt.NDArray[np.int64]:
    """Give the stretches of speech with their margins; short pauses stay, and of long ones both ends."""
    edges = np.flatnonzero(np.diff(spoken.astype(np.int8), prepend=0, append=0)) * FRAME_SAMPLES - lead
    starts, ends = edges[::2], edges[1::2]
    long = (starts[1:] - ends[:-1]) > LONGEST_PAUSE_S * SAMPLE_RATE_HZ
    margin, half = round(MARGIN_S * SAMPLE_RATE_HZ), round(LONGEST_PAUSE_S / 2 * SAMPLE_RATE_HZ)
    firsts = np.concatenate([starts[:1] - margin, starts[1:][long] - half])
    lasts = np.concatenate([ends[:-1][long] + half, ends[-1:] + margin])
    return np.stack([firsts, lasts], axis=1)


def _levelled(samples: Samples, level: float) -> Samples:
    """Bring sound whose speech has this level to LEVEL_DBFS."""
    return (samples * (10 ** (LEVEL_DBFS / 20) / max(level, _TINY))).astype(np.float32)


def _power(samples: npt.NDArray[np.floating]) -> float:
    return float(np.mean(np.square(samples, dtype=np.float64))) if len(samples) else 0.0
