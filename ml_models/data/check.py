"""Whether a copy of a corpus is fit to train on: every clip decoded, measured and compared with the others."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

import joblib
import numpy as np
import soundfile
from tqdm import tqdm

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, decode_path
from emotion_clf.audio.quality import SILENCE_DBFS
from emotion_clf.errors import DecoderMissingError, EmotionError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip

SILENT_PEAK = 10 ** (SILENCE_DBFS / 20)


class Fault(StrEnum):
    """What can be wrong with a clip, in the words of the summary."""

    UNREADABLE = "cannot be read as sound"
    DAMAGED = "decode with errors"
    SHORT = "are too short"
    LONG = "are too long"
    SILENT = "are silent"
    DUPLICATE = "hold the same sound as an earlier clip"
    CONTRADICTION = "hold the same sound as a clip of another emotion or speaker"


@dataclass(frozen=True)
class Limits:
    """How long a clip may be, in seconds."""

    min_s: float = 1.0
    max_s: float = 10.0


@dataclass(frozen=True)
class Examined:
    """One clip after listening to it.

    Attributes:
        clip: the clip.
        faults: what is wrong with it.
        detail: what a reader needs to know of the fault, such as the length.
        duration_s: length of its sound, of a clip that is too long at least so much.
        rate_hz: sample rate of the file; None where only the decoder knows.
        channels: how many the file has; 0 where it cannot be read.
        fingerprint: equal for equal sound; empty where there is nothing to compare.
    """

    clip: Clip
    faults: frozenset[Fault] = frozenset()
    detail: str = ""
    duration_s: float = 0.0
    rate_hz: int | None = None
    channels: int = 0
    fingerprint: str = ""

    @property
    def converted(self) -> bool:
        """Whether the file is other than 16 kHz mono, so that decoding converts it."""
        return self.channels > 1 or self.rate_hz not in {None, SAMPLE_RATE_HZ}


def examine_all(
    clips: Sequence[Clip], limits: Limits, *, workers: int, ffmpeg_path: str | None = None
) -> tuple[Examined, ...]:
    """Decode every clip as the product does, under a progress bar where somebody watches, and compare them.

    Args:
        clips: what to examine.
        limits: of their length.
        workers: how many are decoded at a time.
        ffmpeg_path: ffmpeg to use, None for the best at hand.

    Raises:
        DecoderMissingError: there is no ffmpeg.
    """
    # Nothing is too short for the decoder here: the length is to be told, not refused.
    options = DecodeOptions(min_s=0.0, max_s=limits.max_s, ffmpeg_path=ffmpeg_path)
    tasks = (joblib.delayed(examine)(clip, limits, options) for clip in clips)
    done = joblib.Parallel(n_jobs=workers, prefer="threads", return_as="generator")(tasks)
    return compare(list(tqdm(done, "checking", total=len(clips), unit="clip", leave=False, disable=None)))


def examine(clip: Clip, limits: Limits, options: DecodeOptions) -> Examined:
    """Decode and measure one clip.

    Raises:
        DecoderMissingError: there is no ffmpeg.
    """
    try:
        decoded = decode_path(clip.path, options)
    except DecoderMissingError:
        raise
    except EmotionError as error:
        return Examined(clip, frozenset({Fault.UNREADABLE}), error.message)
    samples, duration_s = decoded.waveform.samples, decoded.waveform.duration_s
    faults = set()
    if decoded.damaged:
        faults.add(Fault.DAMAGED)
    if decoded.cut:
        faults.add(Fault.LONG)
    if duration_s < limits.min_s:
        faults.add(Fault.SHORT)
    if np.abs(samples).max(initial=0.0) < SILENT_PEAK:
        faults.add(Fault.SILENT)
    comparable = not faults & {Fault.LONG, Fault.SILENT}
    return Examined(
        clip=clip,
        faults=frozenset(faults),
        detail=f"{'over ' if decoded.cut else ''}{duration_s:.2f} s",
        duration_s=duration_s,
        rate_hz=_rate_hz(clip.path),
        channels=decoded.channels,
        fingerprint=hashlib.sha256(samples.tobytes()).hexdigest() if comparable else "",
    )


def compare(examined: Sequence[Examined]) -> tuple[Examined, ...]:
    """Add the faults that only a comparison shows: of clips of the same sound, the first may stay if they agree."""
    same: dict[str, list[Examined]] = defaultdict(list)
    for item in examined:
        if item.fingerprint:
            same[item.fingerprint].append(item)
    return tuple(_compared(item, same[item.fingerprint]) if item.fingerprint else item for item in examined)


def _compared(item: Examined, alike: Sequence[Examined]) -> Examined:
    """Judge a clip among those of the same sound, itself included."""
    if len({(other.clip.emotion, other.clip.speaker) for other in alike}) > 1:
        fault = Fault.CONTRADICTION
    elif item is not alike[0]:
        fault = Fault.DUPLICATE
    else:
        return item
    other = alike[1] if item is alike[0] else alike[0]
    return replace(item, faults=item.faults | {fault}, detail=f"as {other.clip.path.name}")


def _rate_hz(path: Path) -> int | None:
    """The file's sample rate, where its container tells it without decoding."""
    try:
        return int(soundfile.info(path).samplerate)
    except soundfile.LibsndfileError:
        return None
