"""Listening to the sound of a call, block by block: to mixes of its channels, or to two channels that may leak."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.sound import BLOCK_FRAMES
from emotion_clf.calls.crosstalk import Crosstalk
from emotion_clf.calls.tracks import Listener, speaking

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from emotion_clf.audio.sound import Mix, SoundFile
    from emotion_clf.calls.crosstalk import Path, Piece
    from emotion_clf.calls.tracks import Track
    from emotion_clf.pipeline.step import StepWatch

    Block = npt.NDArray[np.float32]
    Flags = npt.NDArray[np.bool_]

SIDES: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """One channel of two.

    Attributes:
        track: what is heard in it, without what leaks from the other one.
        speaks: whether its own voice speaks in each frame.
        leak: how the other channel leaks into it; None where it does not.
    """

    track: Track
    speaks: Flags
    leak: Path | None


def mix_of(weights: Sequence[float]) -> Mix:
    """Return what makes one voice's sound of all channels.

    Args:
        weights: of each channel.
    """
    exact = np.array(weights, dtype=np.float32)
    (heard,) = np.nonzero(exact)

    def mix(frames: Block) -> Block:
        if len(heard) == 1 and exact[heard[0]] == 1:
            return frames[:, int(heard[0])]
        return frames @ exact

    return mix


def listen(sound: SoundFile, mix: Mix, watch: StepWatch, share: float) -> Track:
    """Return what is heard in a mix of all channels; this is `share` of the step."""
    listener = Listener()
    for block in _blocks(sound, watch, share):
        listener.feed(mix(block))
    return listener.finish()


def listen_to_sides(sound: SoundFile, watch: StepWatch, share: float) -> tuple[Side, Side]:
    """Return what is heard in each of two channels; this is `share` of the step."""
    crosstalk, listeners = Crosstalk(), (Listener(), Listener())
    foreign: list[Flags] = []
    for piece in _pieces(crosstalk, _blocks(sound, watch, share)):
        foreign.append(piece.foreign)
        for channel, listener in enumerate(listeners):
            listener.feed(np.ascontiguousarray(piece.samples[:, channel]))
    leaked, (to_second, to_first) = np.concatenate(foreign), crosstalk.strongest
    first, second = (listener.finish() for listener in listeners)
    return (
        Side(first, speaking(first, leaked[:, 0]), to_first),
        Side(second, speaking(second, leaked[:, 1]), to_second),
    )


def _pieces(crosstalk: Crosstalk, blocks: Iterator[Block]) -> Iterator[Piece]:
    for block in blocks:
        yield from crosstalk.feed(block)
    yield from crosstalk.finish()


def _blocks(sound: SoundFile, watch: StepWatch, share: float) -> Iterator[Block]:
    for number, block in enumerate(sound.blocks(), start=1):
        watch.check()
        yield block
        watch.progress(share * min(number * BLOCK_FRAMES / sound.frames, 1.0), "Listening for speech")
