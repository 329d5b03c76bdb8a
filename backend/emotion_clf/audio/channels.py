"""Channels → one: their mean, with those turned round that would take the others away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Frames = npt.NDArray[np.float32]

# Two voices in two channels go together by chance no more than this.
_OPPOSED_CORRELATION: Final = -0.3
_TINY: Final = 1e-12


def mix_down(frames: Frames) -> tuple[Frames, bool]:
    """Return the mean of the channels, and whether some had to be turned round.

    ffmpeg's own down-mix would make stereo √2 louder than mono, and a channel that is the other upside down would
    silence it.

    Args:
        frames: (n, channels).
    """
    if frames.shape[1] == 1:
        return frames[:, 0], False
    signs = signs_of(frames)
    mixed: Frames = (frames @ signs / np.float32(len(signs))).astype(np.float32)
    return mixed, bool((signs < 0).any())


def signs_of(frames: Frames) -> Frames:
    """Return +1 or -1 for each channel, so that none takes away what others hold.

    Args:
        frames: (n, channels) of a stretch long enough to tell, or of all of it.
    """
    centred = frames - frames.mean(axis=0, dtype=np.float64)
    products = centred.T @ centred
    signs = np.ones(len(products), dtype=np.float32)
    joined: list[int] = []
    for channel in np.argsort(-np.diag(products), kind="stable"):  # the strongest stays as it is
        if joined:
            own = signs[joined]
            together = own @ products[joined][:, joined] @ own * products[channel, channel]
            if own @ products[joined, channel] < _OPPOSED_CORRELATION * np.sqrt(max(together, _TINY)):
                signs[channel] = -1
        joined.append(int(channel))
    return signs
