"""Any supported file → blocks of 16 kHz sound, one after the other, however long it is."""

from __future__ import annotations

import os
import select
import subprocess
import tempfile
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Final, cast

import numpy as np

from emotion_clf.audio.complete import is_cut_off
from emotion_clf.audio.decode import MAX_CHANNELS, DecodeOptions, arguments, found_in, prepared, undecodable, wav_header
from emotion_clf.audio.ffmpeg import (
    ChildLimits,
    check_ran,
    errors_in,
    find_ffmpeg,
    reap,
    said,
    start_confined,
    too_slow,
    tracks_in,
)
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ
from emotion_clf.errors import InvalidSamplesError, TooLongError, TooShortError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from emotion_clf.audio.containers import Container

STREAM_FRAMES: Final = 64_000  # 4 s
_SLACK_S: Final = 0.5  # what encoders add at the ends of a recording
_MESSAGES_BYTES: Final = 1 << 26
_READ_BYTES: Final = 1 << 18
_HEADER_BYTES: Final = 1 << 16
_SAMPLE_BYTES: Final = 4
_CHECKED_EVERY_S: Final = 0.5
_MIN: Final = 60


class SoundStream:
    """A recording that is being decoded.

    Attributes:
        container: the container it came in.
        channels: how many channels it has.
        tracks: how many sound tracks the file has.
        damaged: whether the decoder met errors, or the file is cut off; known once the blocks have ended.
    """

    def __init__(
        self,
        child: subprocess.Popen[bytes],
        messages: IO[bytes],
        container: Container,
        options: DecodeOptions,
        check: Callable[[], None],
    ) -> None:
        self._child = child
        self._output = cast("IO[bytes]", child.stdout)
        self._messages = messages
        self._options = options
        self._check_on = check
        self._deadline_s = time.monotonic() + options.timeout_s
        self.container = container
        self.damaged = False
        self.channels, self._waiting = self._header()
        self.tracks = tracks_in(said(messages))

    def blocks(self) -> Iterator[npt.NDArray[np.float32]]:
        """The sound in order, float32 of shape (frames, channels), 4 s at a time; the last block may be shorter.

        Raises:
            TooLongError: there is more of it than `max_s`.
            TooShortError: there was less of it than `min_s`.
            InvalidSamplesError: NaN or infinite samples.
            UndecodableAudioError: nothing could be decoded, or not within the time allowed.
        """
        frame_bytes = _SAMPLE_BYTES * self.channels
        frames = 0
        for chunk in self._chunks(STREAM_FRAMES * frame_bytes):
            whole = len(chunk) // frame_bytes * frame_bytes
            block = np.frombuffer(chunk[:whole], dtype="<f4").reshape(-1, self.channels)
            frames += len(block)
            self._check(block, frames)
            yield block
        self._end(frames)

    def _header(self) -> tuple[int, bytearray]:
        """The number of channels, and the samples that came with it."""
        found = bytearray()
        while (header := wav_header(bytes(found))) is None:
            more = self._read()
            if not more or len(found) > _HEADER_BYTES:
                raise undecodable(self.container, self._wait(), said(self._messages))
            found += more
        channels, start = header
        if not 0 < channels <= MAX_CHANNELS:
            raise undecodable(self.container, 0, f"{channels} channels")
        return channels, found[start:]

    def _chunks(self, size: int) -> Iterator[bytes]:
        waiting = self._waiting
        while more := self._read():
            waiting += more
            while len(waiting) >= size:
                yield bytes(waiting[:size])
                del waiting[:size]
        if waiting:
            yield bytes(waiting)

    def _read(self) -> bytes:
        """What the decoder has written by now; empty at its end."""
        while True:
            self._check_on()
            left_s = self._deadline_s - time.monotonic()
            if left_s <= 0:
                raise too_slow(self._child, self._options.timeout_s)
            if select.select([self._output], [], [], min(left_s, _CHECKED_EVERY_S))[0]:
                return os.read(self._output.fileno(), _READ_BYTES)

    def _check(self, block: npt.NDArray[np.float32], frames: int) -> None:
        if frames > (self._options.max_s + _SLACK_S) * SAMPLE_RATE_HZ:
            raise TooLongError(
                f"The recording is longer than {_spoken(self._options.max_s)}. Cut it into parts and send them one "
                "by one."
            )
        if not np.isfinite(block).all():
            raise InvalidSamplesError(
                "The recording holds samples that are not numbers. Export it again, for instance as 16-bit WAV."
            )

    def _end(self, frames: int) -> None:
        """Learn how the decoder ended."""
        return_code = self._wait()
        messages = said(self._messages)
        if not frames and return_code != 0:
            raise undecodable(self.container, return_code, messages)
        if frames < self._options.min_s * SAMPLE_RATE_HZ:
            raise TooShortError(
                f"The recording holds {frames / SAMPLE_RATE_HZ:.2f} s of sound. Send at least "
                f"{self._options.min_s:g} s."
            )
        self.damaged = self.damaged or return_code != 0 or bool(errors_in(messages))

    def _wait(self) -> int:
        try:
            return_code = self._child.wait(max(self._deadline_s - time.monotonic(), 0.0))
        except subprocess.TimeoutExpired:
            raise too_slow(self._child, self._options.timeout_s) from None
        check_ran(return_code, said(self._messages))
        return return_code


@contextmanager
def open_stream(
    source: IO[bytes],
    options: DecodeOptions,
    check: Callable[[], None] = lambda: None,
    track: int = 0,
    *,
    in_step: bool = False,
) -> Iterator[SoundStream]:
    """Decode an open file while the block runs; the decoder ends with it.

    Args:
        source: a seekable file with a descriptor.
        options: limits. A recording longer than `max_s` is refused, not cut.
        check: called twice a second and more often; what it raises ends the decoding.
        track: which of the file's sound tracks, from 0; `SoundStream.tracks` tells how many there are.
        in_step: give silence where the track begins later than others of the file, or has a gap.

    Raises:
        UnsupportedAudioError: not one of the known containers.
        NoAudioStreamError: a container without sound.
        TooShortError: the file is empty.
        UndecodableAudioError: nothing can be decoded.
        DecoderMissingError: there is no ffmpeg.
        DecoderFailedError: it could not work; nothing is known of the file.
    """
    found = found_in(source)
    longest_s = options.max_s + 2 * _SLACK_S
    ffmpeg_path = find_ffmpeg(options.ffmpeg_path)
    limits = ChildLimits(options.timeout_s, options.memory_bytes, _MESSAGES_BYTES)
    with tempfile.TemporaryFile() as messages, prepared(source, found, options) as (whole, form):
        command = [ffmpeg_path, *arguments(form, whole, longest_s, track)]
        if in_step:
            command[-1:-1] = ["-af", "aresample=async=1:first_pts=0"]
        child = start_confined(command, whole, limits, output=subprocess.PIPE, messages=messages)
        try:
            stream = SoundStream(child, messages, found.container, options, check)
            stream.damaged = is_cut_off(source, found)
            yield stream
        finally:
            reap(child)
            cast("IO[bytes]", child.stdout).close()


def _spoken(seconds: float) -> str:
    """A length of time for people."""
    return f"{seconds / _MIN:g} minutes" if seconds > _MIN else f"{seconds:g} s"
