"""Real codecs: sound is encoded by ffmpeg and decoded as the product decodes what people send."""

from __future__ import annotations

import tempfile
from typing import TYPE_CHECKING

import joblib
import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, DecodeOptions, decode
from emotion_clf.audio.ffmpeg import ChildLimits, descriptor_path, find_ffmpeg, run_confined
from emotion_clf.settings import get_settings
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]

MU_LAW_8_KHZ = ("-ar", "8000", "-c:a", "pcm_mulaw", "-f", "wav")
OPUS_16_KBIT = ("-c:a", "libopus", "-b:a", "16k", "-f", "ogg")

# Starting two confined processes for each clip would take longer than the codec, so many share one encoding,
# far enough apart not to be heard in one another.
GAP = SAMPLE_RATE_HZ // 2
BATCH = 120 * SAMPLE_RATE_HZ
AT_A_TIME = 2
ENCODED_BYTES = 1 << 26
TIMEOUT_S = 300.0


def transcode(sounds: Sequence[Samples], codec: Sequence[str]) -> list[Samples]:
    """Encode and decode every sound.

    Args:
        sounds: float32 waveforms (samples,) at 16 kHz.
        codec: ffmpeg's arguments for the output, such as `OPUS_16_KBIT`.

    Returns:
        Waveforms of the same lengths, aligned with the given ones.

    Raises:
        TrainingDataError: this ffmpeg cannot encode so.
        EmotionError: there is no ffmpeg, or what it encoded cannot be decoded.
    """
    ffmpeg = find_ffmpeg(get_settings().ffmpeg_path)
    tasks = (joblib.delayed(_transcode_batch)(batch, codec, ffmpeg) for batch in _batches(sounds))
    done = joblib.Parallel(n_jobs=AT_A_TIME, prefer="threads")(tasks)
    return [sound for batch in done for sound in batch]


def _batches(sounds: Sequence[Samples]) -> Iterator[list[Samples]]:
    """Group neighbours into batches of at most two minutes; a longer sound is a batch of its own."""
    batch: list[Samples] = []
    length = 0
    for samples in sounds:
        if batch and length + len(samples) + GAP > BATCH:
            yield batch
            batch, length = [], 0
        batch.append(samples)
        length += len(samples) + GAP
    if batch:
        yield batch


def _transcode_batch(batch: Sequence[Samples], codec: Sequence[str], ffmpeg: str) -> list[Samples]:
    silence = np.zeros(GAP, dtype=np.float32)
    pieces, starts, end = [silence], [], GAP
    for samples in batch:
        pieces += [samples, silence]
        starts.append(end)
        end += len(samples) + GAP
    heard = _decode(_encode(np.concatenate(pieces), codec, ffmpeg), ffmpeg, end)
    return [heard[start : start + len(samples)].copy() for start, samples in zip(starts, batch, strict=True)]


def _encode(samples: Samples, codec: Sequence[str], ffmpeg: str) -> bytes:
    with tempfile.TemporaryFile() as source:
        source.write(samples.astype("<f4").tobytes())
        source.seek(0)
        raw = ("-f", "f32le", "-ar", str(SAMPLE_RATE_HZ), "-ac", "1", "-i", descriptor_path(source))
        command = [ffmpeg, "-nostdin", "-hide_banner", "-v", "error", *raw, *codec, "pipe:1"]
        limits = ChildLimits(TIMEOUT_S, DecodeOptions().memory_bytes, ENCODED_BYTES)
        result = run_confined(command, source, limits)
    if result.return_code != 0 or not result.output:
        raise TrainingDataError(
            f"ffmpeg could not encode with '{' '.join(codec)}'. Install an ffmpeg that has this codec."
        )
    return result.output


def _decode(encoded: bytes, ffmpeg: str, length: int) -> Samples:
    """Decode to exactly `length` samples; resampling may cost or add a few at the very end."""
    options = DecodeOptions(max_s=length / SAMPLE_RATE_HZ, timeout_s=TIMEOUT_S, ffmpeg_path=ffmpeg)
    with tempfile.TemporaryFile() as source:
        source.write(encoded)
        source.flush()
        samples = decode(source, options).waveform.samples
    whole = np.zeros(length, dtype=np.float32)
    whole[: len(samples)] = samples[:length]
    return whole
