"""Any supported file → 16 kHz mono float32, the one decode path of serving and training."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import ffmpeg
import numpy as np

from emotion_clf.audio.chained import in_one_piece
from emotion_clf.audio.channels import mix_down
from emotion_clf.audio.complete import is_cut_off
from emotion_clf.audio.containers import WAV, Container, Found, find_container
from emotion_clf.audio.ffmpeg import ChildLimits, descriptor_path, errors_in, find_ffmpeg, run_confined, tracks_in
from emotion_clf.audio.quicktime import with_first_box
from emotion_clf.audio.wav import wav_options
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
    from collections.abc import Iterator

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
        opposed: whether channels held the same sound upside down, and were turned round before they were averaged.
        tracks: how many sound tracks the file has.
        cut: whether the file is longer than what was returned.
        damaged: whether the decoder met errors, so that part of the sound may be missing.
    """

    waveform: Waveform
    container: Container
    channels: int
    opposed: bool
    tracks: int
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


def decode(source: IO[bytes], options: DecodeOptions | None = None, track: int = 0) -> Decoded:
    """Decode a sound track of an open file.

    Args:
        source: a seekable file with a descriptor (not an in-memory buffer).
        options: limits; the defaults are those of a short clip.
        track: which of its sound tracks, from 0.

    Raises:
        UnsupportedAudioError: not one of the known containers.
        NoAudioStreamError: a container without sound.
        TooShortError: less than `options.min_s` of sound.
        InvalidSamplesError: NaN or infinite samples.
        UndecodableAudioError: nothing could be decoded, or not within the limits.
        DecoderMissingError: there is no ffmpeg.
        DecoderFailedError: it could not work; nothing is known of the file.
    """
    options = options or DecodeOptions()
    found, ffmpeg_path = found_in(source), find_ffmpeg(options.ffmpeg_path)
    with clocked("decode"), prepared(source, found, options) as (whole, form):
        command = [ffmpeg_path, *arguments(form, whole, options.max_s + _MARGIN_S, track)]
        result = run_confined(command, whole, _child_limits(options))
    frames = _parse_wav(result.output)
    if frames is None or (result.return_code != 0 and frames.size == 0):
        raise undecodable(found.container, result.return_code, result.messages)
    samples, opposed = mix_down(frames)
    _check(samples, options)
    limit = round(options.max_s * SAMPLE_RATE_HZ)
    return Decoded(
        waveform=Waveform(np.ascontiguousarray(samples[:limit])),
        container=found.container,
        channels=frames.shape[1],
        opposed=opposed,
        tracks=tracks_in(result.messages),
        cut=len(samples) > limit,
        damaged=result.return_code != 0 or bool(errors_in(result.messages)) or is_cut_off(source, found),
    )


def found_in(source: IO[bytes]) -> Found:
    """Find the container in an open file.

    Raises:
        TooShortError: it is empty.
        UnsupportedAudioError: not one of the known containers.
    """
    if not source.seek(0, os.SEEK_END):
        raise TooShortError("The file is empty. Record or choose a clip with sound in it.")
    return find_container(source)


@contextmanager
def prepared(source: IO[bytes], found: Found, options: DecodeOptions) -> Iterator[tuple[IO[bytes], Found]]:
    """Give an open file as ffmpeg can read all of it, and what it is then.

    Raises:
        EmotionError: as `in_one_piece`.
    """
    with with_first_box(source, found) as boxed, in_one_piece(boxed, found, options) as whole:
        yield whole


def arguments(found: Found, source: IO[bytes], longest_s: float, track: int = 0) -> list[str]:
    """Ffmpeg's arguments: one forced demuxer, one audio stream, all channels, 16 kHz float WAV on stdout."""
    special: dict[str, str | int] = {"skip_initial_bytes": found.offset} if found.offset else {}
    if found.container == WAV:
        special |= wav_options(source, found)
    stream = ffmpeg.input(
        descriptor_path(source), f=found.container.demuxer, protocol_whitelist="file,pipe", t=longest_s, **special
    ).output("pipe:1", f="wav", acodec="pcm_f32le", ar=SAMPLE_RATE_HZ, map=f"0:a:{track}", t=longest_s, threads=1)
    return ["-nostdin", "-hide_banner", "-nostats", "-v", "level+info", *ffmpeg.get_args(stream)]


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


def _check(samples: npt.NDArray[np.float32], options: DecodeOptions) -> None:
    if len(samples) < options.min_s * SAMPLE_RATE_HZ:
        raise TooShortError(
            f"The clip holds {len(samples) / SAMPLE_RATE_HZ:.2f} s of sound. Record at least {options.min_s:g} s."
        )
    if not np.isfinite(samples).all():
        raise InvalidSamplesError(
            "The clip holds samples that are not numbers. Export it again, for instance as 16-bit WAV."
        )
