"""What is wrong with a recording, in words its speaker can act on.

Thresholds: levels are in dB relative to full scale (dBFS). They were set so that clean speech of the
training corpora passes and the damage named by each warning does not; tests hold both ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.voice_activity import FRAME_SAMPLES
from emotion_clf.errors import SilentAudioError

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.audio.heard import Heard

SILENCE_DBFS: Final = -80.0
QUIET_DBFS: Final = -50.0
MIN_SNR_DB: Final = 10.0
CLIPPED_LEVEL: Final = 0.97
MAX_CLIPPED_SHARE: Final = 0.001
MIN_SPEECH_S: Final = 0.2
NO_SPEECH: Final = "no_speech"
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True)
class QualityWarning:
    """A reason to trust the answer less.

    Attributes:
        code: stable name for programs.
        message: one sentence for people.
    """

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Quality:
    """Measurements of one recording.

    Attributes:
        speech_s: seconds in which somebody speaks.
        level_dbfs: mean level of the speech, or of everything where there is none.
        snr_db: level of the speech above what lies between it; None where nothing lies between.
        clipped_share: share of samples at full scale.
        warnings: what follows from them.
    """

    speech_s: float
    level_dbfs: float
    snr_db: float | None
    clipped_share: float
    warnings: tuple[QualityWarning, ...]


def assess(heard: Heard, searched_s: float | None = None) -> Quality:
    """Measure a recording; silence around the speech changes none of it.

    Args:
        heard: what is heard of it.
        searched_s: how far speech was looked for in vain, in seconds; None where the recording ends before.

    Raises:
        SilentAudioError: it holds no sound at all.
    """
    if _dbfs(float(np.max(np.square(heard.clean), initial=0.0))) < SILENCE_DBFS:
        raise SilentAudioError(
            f"The recording is silent{_where(searched_s)}. Check that the right microphone is chosen and not muted, "
            "then record again."
        )
    power, speaking = _frame_power(heard.clean), heard.voiced[::FRAME_SAMPLES]
    speech_s = heard.speech_s
    level_dbfs = _dbfs(float(power[speaking].mean() if speaking.any() else power.mean()))
    snr_db = _snr_db(power, speaking)
    clipped_share = _clipped_share(heard)
    return Quality(
        speech_s=speech_s,
        level_dbfs=level_dbfs,
        snr_db=snr_db,
        clipped_share=clipped_share,
        warnings=tuple(
            _warnings(
                speech_s=speech_s,
                level_dbfs=level_dbfs,
                snr_db=snr_db,
                clipped_share=clipped_share,
                where=_where(searched_s) or " in this clip",
            )
        ),
    )


def _warnings(
    *, speech_s: float, level_dbfs: float, snr_db: float | None, clipped_share: float, where: str
) -> list[QualityWarning]:
    found = []
    if speech_s < MIN_SPEECH_S:
        found.append(QualityWarning(NO_SPEECH, f"Probably nobody speaks{where}, so the answer means little."))
    if level_dbfs < QUIET_DBFS:
        found.append(QualityWarning("too_quiet", f"The voice is very quiet ({level_dbfs:.0f} dBFS); move closer."))
    if clipped_share > MAX_CLIPPED_SHARE:
        found.append(QualityWarning("clipped", "The recording is overdriven; lower the input level or step back."))
    if snr_db is not None and snr_db < MIN_SNR_DB:
        found.append(
            QualityWarning("noisy", f"The voice is only {snr_db:.0f} dB above the noise; find a quieter place.")
        )
    return found


def _where(searched_s: float | None) -> str:
    return "" if searched_s is None else f" in its first {searched_s:g} s, where speech was looked for"


def _frame_power(samples: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Mean square of each 32-ms frame; the last, shorter one is averaged over what it has."""
    starts = np.arange(0, len(samples), FRAME_SAMPLES)
    sums = np.add.reduceat(np.square(samples), starts)
    lengths = np.minimum(FRAME_SAMPLES, len(samples) - starts)
    return (sums / lengths).astype(np.float32)


def _snr_db(power: npt.NDArray[np.float32], speaking: npt.NDArray[np.bool_]) -> float | None:
    between = power[~speaking & (power > _TINY)]  # digital silence says nothing of the room
    if not speaking.any() or not len(between):
        return None
    noise = float(np.median(between))
    return _dbfs(float(power[speaking].mean())) - _dbfs(noise)


def _clipped_share(heard: Heard) -> float:
    """Share of the speech at full scale; resampling leaves a clipped plateau rippling around it."""
    samples = heard.recording.samples
    return float((np.abs(samples[heard.voiced] if heard.voiced.any() else samples) >= CLIPPED_LEVEL).mean())


def _dbfs(power: float) -> float:
    return float(10 * np.log10(power + _TINY))
