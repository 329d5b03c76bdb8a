"""All audio tracks of a recording as one stream of channels."""

from __future__ import annotations

import subprocess
import tempfile
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import zip_longest
from typing import IO, TYPE_CHECKING, Final, cast

import numpy as np

from emotion_clf.audio.complete import is_cut_off
from emotion_clf.audio.containers import AAC, FLAC, MP3, WAV
from emotion_clf.audio.decode import arguments, container_of
from emotion_clf.audio.ffmpeg import ChildLimits, find_ffmpeg, reap, start_confined
from emotion_clf.audio.stream import SoundStream, open_stream
from emotion_clf.errors import NoAudioStreamError, UndecodableAudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from emotion_clf.audio import DecodeOptions
    from emotion_clf.audio.containers import Container

    Block = npt.NDArray[np.float32]

MOST_TRACKS: Final = 4
# These containers hold one track.
_SINGLE: Final = frozenset({WAV, FLAC, MP3, AAC})
_SLACK_S: Final = 1.0
_MESSAGES_BYTES: Final = 1 << 26
_UNREADABLE: Final = "Audio track {number} cannot be read and was left out."
_MORE: Final = "Only the first {most} audio tracks were analysed; the others were left out."


class Tracks:
    """The audio tracks of a recording while they are decoded side by side.

    Attributes:
        widths: how many channels each track has.
        notes: which tracks were left out, for people.
    """

    def __init__(self, streams: list[SoundStream], notes: tuple[str, ...]) -> None:
        self._streams = streams
        self.notes = notes
        self.widths = tuple(stream.channels for stream in streams)

    @property
    def channels(self) -> int:
        """How many channels all tracks have together."""
        return sum(self.widths)

    @property
    def damaged(self) -> bool:
        """Whether a track could not be read whole; known once the blocks have ended."""
        return any(stream.damaged for stream in self._streams)

    def blocks(self) -> Iterator[Block]:
        """The sound in order, float32 of shape (frames, channels); a track that ends early is silent from there on.

        Raises:
            EmotionError: as `SoundStream.blocks`.
        """
        for parts in zip_longest(*(stream.blocks() for stream in self._streams)):
            frames = max(len(part) for part in parts if part is not None)
            yield np.concatenate(
                [_filled(part, frames, width) for part, width in zip(parts, self.widths, strict=True)], axis=1
            )


@contextmanager
def open_tracks(source: IO[bytes], options: DecodeOptions, check: Callable[[], None]) -> Iterator[Tracks]:
    """Decode all audio tracks of an open file while the block runs; the decoders end with it.

    Args:
        source: a seekable file with a descriptor.
        options: limits, for each track; only the first has to be as long as they say.
        check: called twice a second and more often; what it raises ends the decoding.

    Raises:
        EmotionError: as `open_stream`, for the first track.
    """
    container = container_of(source)
    with ExitStack() as stack:
        streams: list[SoundStream] = []
        notes: list[str] = []
        for number in range(1, MOST_TRACKS + 1) if container not in _SINGLE else ():
            try:
                stream = _open_track(number, container, source, replace(options, min_s=0), check)
                streams.append(stack.enter_context(stream))
            except NoAudioStreamError:
                break
            except UndecodableAudioError:
                notes.append(_UNREADABLE.format(number=number + 1))
        if len(streams) == MOST_TRACKS:
            streams.pop()
            notes.append(_MORE.format(most=MOST_TRACKS))
        if streams:
            first = stack.enter_context(_open_track(0, container, source, options, check))
        else:
            first = stack.enter_context(open_stream(source, options, check))
        yield Tracks([first, *streams], tuple(notes))


@contextmanager
def _open_track(
    number: int, container: Container, source: IO[bytes], options: DecodeOptions, check: Callable[[], None]
) -> Iterator[SoundStream]:
    """Decode one of several tracks, with silence where it begins later than the others.

    Raises:
        NoAudioStreamError: there are fewer tracks.
        UndecodableAudioError: nothing can be decoded.
    """
    command = [find_ffmpeg(options.ffmpeg_path), *arguments(container, source, options.max_s + _SLACK_S)]
    command[command.index("-map") + 1] = f"0:a:{number}"
    command[-1:-1] = ["-af", "aresample=async=1:first_pts=0"]
    limits = ChildLimits(options.timeout_s, options.memory_bytes, _MESSAGES_BYTES)
    with tempfile.TemporaryFile() as messages:
        child = start_confined(command, source, limits, output=subprocess.PIPE, messages=messages)
        try:
            stream = SoundStream(child, messages, container, options, check)
            stream.damaged = is_cut_off(source, container)
            yield stream
        finally:
            reap(child)
            cast("IO[bytes]", child.stdout).close()


def _filled(part: Block | None, frames: int, width: int) -> Block:
    """A track's part of a block, with silence where there is nothing left of it."""
    if part is None:
        return np.zeros((frames, width), dtype=np.float32)
    return part if len(part) == frames else np.pad(part, ((0, frames - len(part)), (0, 0)))
