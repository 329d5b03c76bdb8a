"""All audio tracks of a recording as one stream of channels."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import zip_longest
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.stream import open_stream
from emotion_clf.errors import UndecodableAudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    from emotion_clf.audio import DecodeOptions
    from emotion_clf.audio.stream import SoundStream

    Block = npt.NDArray[np.float32]

MOST_TRACKS: Final = 4
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
    with open_stream(source, options, check) as stream:
        tracks = stream.tracks
        if tracks <= 1:
            yield Tracks([stream], ())
            return
    with ExitStack() as stack:
        notes = [_MORE.format(most=MOST_TRACKS)] if tracks > MOST_TRACKS else []
        streams = [stack.enter_context(open_stream(source, options, check, in_step=True))]
        for number in range(1, min(tracks, MOST_TRACKS)):
            try:
                other = open_stream(source, replace(options, min_s=0), check, number, in_step=True)
                streams.append(stack.enter_context(other))
            except UndecodableAudioError:
                notes.append(_UNREADABLE.format(number=number + 1))
        yield Tracks(streams, tuple(notes))


def _filled(part: Block | None, frames: int, width: int) -> Block:
    """A track's part of a block, with silence where there is nothing left of it."""
    if part is None:
        return np.zeros((frames, width), dtype=np.float32)
    return part if len(part) == frames else np.pad(part, ((0, frames - len(part)), (0, 0)))
