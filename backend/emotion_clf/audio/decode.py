"""Any supported file → 16 kHz mono float32, the one decode path of serving and training."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import ffmpeg
import numpy as np

from emotion_clf.audio.containers import HEAD_BYTES, Container, recognise
from emotion_clf.audio.ffmpeg import ChildLimits, descriptor_path, find_ffmpeg, run_confined
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ, Waveform
from emotion_clf.errors import (
    AudioError,
    InvalidRequestError,
    InvalidSamplesError,
    NoAudioStreamError,
    TooShortError,
    UndecodableAudioError,
)
from emotion_clf.monitoring import clocked

if TYPE_CHECKING:
    import numpy.typing as npt

    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

MAX_CHANNELS: Final = 64
_SAMPLE_BYTES: Final = 4
_MARGIN_S: Final = 0.1
_HEADER_BYTES: Final = 1 << 16
_NO_STREAM = "matches no streams"


@dataclass(frozen=True, slots=True)
class DecodeOptions:
    """Limits of one decode.

    Attributes:
        min_s: shortest sound accepted, in seconds.
        max_s: longest sound returned, in seconds; the rest of the file is not decoded.
        timeout_s: wall-clock limit, in seconds.
        memory_bytes: address space of the decoder process.
        ffmpeg_path: ffmpeg to use, None for the best at hand.
    """

    min_s: float = 0.5
    max_s: float = 30.0
    timeout_s: float = 20.0
    memory_bytes: int = 1024**3
    ffmpeg_path: str | None = None

    @classmethod
    def from_settings(cls, settings: Settings) -> DecodeOptions:
        """The options of a clip under the settings in force."""
        return cls(
            min_s=settings.clip_min_s,
            max_s=settings.clip_max_s,
            timeout_s=settings.decode_timeout_s,
            memory_bytes=settings.decode_memory_bytes,
            ffmpeg_path=settings.ffmpeg_path,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Decoded:
    """Sound and what was learnt on the way.

    Attributes:
        waveform: the sound, channels averaged.
        container: the container it came in.
        channels: how many channels it had.
        cut: whether the file is longer than what was returned.
        damaged: whether the decoder met errors, so that part of the sound may be missing.
    """

    waveform: Waveform
    container: Container
    channels: int
    cut: bool
    damaged: bool


def open_audio(path: Path | str) -> IO[bytes]:
    """Open a file of the local file system for `decode`.

    Raises:
        InvalidRequestError: there is no such file, or it may not be read.
    """
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InvalidRequestError(f"{Path(path).name} cannot be read: {error.strerror}.") from error


def decode_path(path: Path | str, options: DecodeOptions | None = None) -> Decoded:
    """Decode a file of the local file system.

    Raises:
        InvalidRequestError: there is no such file, or it may not be read.
        EmotionError: as `decode`.
    """
    with open_audio(path) as source:
        return decode(source, options)


def decode(source: IO[bytes], options: DecodeOptions | None = None) -> Decoded:
    """Decode an open file.

    Args:
        source: a seekable file with a descriptor (not an in-memory buffer).
        options: limits; the defaults are those of a short clip.

    Raises:
        UnsupportedAudioError: not one of the known containers.
        NoAudioStreamError: a container without sound.
        TooShortError: less than `options.min_s` of sound.
        InvalidSamplesError: NaN or infinite samples.
        UndecodableAudioError: nothing could be decoded, or not within the limits.
        DecoderMissingError: there is no ffmpeg.
    """
    options = options or DecodeOptions()
    container = container_of(source)
    command = [find_ffmpeg(options.ffmpeg_path), *arguments(container, source, options.max_s + _MARGIN_S)]
    with clocked("decode"):
        result = run_confined(command, source, _child_limits(options))
    frames = _parse_wav(result.output)
    if frames is None or (result.return_code != 0 and frames.size == 0):
        raise undecodable(container, result.return_code, result.messages)
    samples = mix_down(frames)
    _check(samples, options)
    limit = round(options.max_s * SAMPLE_RATE_HZ)
    return Decoded(
        waveform=Waveform(np.ascontiguousarray(samples[:limit])),
        container=container,
        channels=frames.shape[1],
        cut=len(samples) > limit,
        damaged=result.return_code != 0 or bool(result.messages.strip()),
    )


def container_of(source: IO[bytes]) -> Container:
    """Which container an open file is.

    Raises:
        TooShortError: it is empty.
        UnsupportedAudioError: not one of the known containers.
    """
    source.seek(0)
    head = os.pread(source.fileno(), HEAD_BYTES, 0)
    if not head:
        raise TooShortError("The file is empty. Record or choose a clip with sound in it.")
    return recognise(head)


def arguments(container: Container, source: IO[bytes], longest_s: float) -> list[str]:
    """Ffmpeg's arguments: one forced demuxer, one audio stream, all channels, 16 kHz float WAV on stdout."""
    stream = ffmpeg.input(
        descriptor_path(source), f=container.demuxer, protocol_whitelist="file,pipe", t=longest_s
    ).output("pipe:1", f="wav", acodec="pcm_f32le", ar=SAMPLE_RATE_HZ, map="0:a:0", t=longest_s, threads=1)
    return ["-nostdin", "-hide_banner", "-v", "error", *ffmpeg.get_args(stream)]


def undecodable(container: Container, return_code: int, messages: str) -> AudioError:
    """Why no sound came out of a file."""
    if _NO_STREAM in messages:
        return NoAudioStreamError("This file has no sound track. Choose one with sound in it.")
    log.info("undecodable %s (exit %d)", container.name, return_code)
    log.debug("the decoder said: %s", messages)  # which may quote what the file says of itself
    return UndecodableAudioError(
        f"This looks like {container.name}, but its sound cannot be decoded. The file may be damaged or "
        "incomplete: export or record it again."
    )


def wav_header(output: bytes) -> tuple[int, int] | None:
    """The number of channels and where the samples begin in ffmpeg's streamed WAV, None while there is no header.

    The sizes in a streamed header are not filled in, so the data chunk is simply the rest.
    """
    form = output.find(b"fmt ")
    data = output.find(b"data", form + 4)
    if not output.startswith(b"RIFF") or form < 0 or data < 0:
        return None
    return int.from_bytes(output[form + 10 : form + 12], "little"), data + 8


def _child_limits(options: DecodeOptions) -> ChildLimits:
    frame_bytes = MAX_CHANNELS * _SAMPLE_BYTES
    samples = (options.max_s + 1) * SAMPLE_RATE_HZ
    return ChildLimits(
        wall_s=options.timeout_s,
        memory_bytes=options.memory_bytes,
        output_bytes=_HEADER_BYTES + int(samples * frame_bytes),
    )


def _parse_wav(output: bytes) -> npt.NDArray[np.float32] | None:
    """The (frames, channels) array of ffmpeg's streamed WAV, or None where there is no header."""
    header = wav_header(output)
    if header is None:
        return None
    channels, start = header
    values = np.frombuffer(output[start:][: (len(output) - start) // 4 * 4], dtype="<f4")
    return values[: len(values) // channels * channels].reshape(-1, channels)


def mix_down(frames: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """The mean of the channels; ffmpeg's own down-mix would make stereo √2 louder than mono."""
    mixed: npt.NDArray[np.float32] = frames.mean(axis=1, dtype=np.float32)
    return mixed


def _check(samples: npt.NDArray[np.float32], options: DecodeOptions) -> None:
    if len(samples) < options.min_s * SAMPLE_RATE_HZ:
        raise TooShortError(
            f"The clip holds {len(samples) / SAMPLE_RATE_HZ:.2f} s of sound. Record at least {options.min_s:g} s."
        )
    if not np.isfinite(samples).all():
        raise InvalidSamplesError(
            "The clip holds samples that are not numbers. Export it again, for instance as 16-bit WAV."
        )
