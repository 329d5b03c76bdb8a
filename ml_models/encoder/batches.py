"""Training batches: which clips are drawn, which excerpt of which copy, and how its features are disturbed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from ml_models.encoder.network import MEL_BANDS, PITCH_BANDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from ml_models.encoder.features import FeatureStore

SLOWEST, FASTEST = 0.85, 1.18
TILT = 0.15
OFFSET = 0.1
MEL_MASK, PITCH_MASK, TIME_MASK = 12, 10, 24
MASKS = 2
HIDDEN_BLOCK = 0.1


class Draws:
    """Draws clips of each corpus in turn of a shuffled deck, so that a quota never repeats one clip too soon."""

    def __init__(self, decks: Mapping[str, Sequence[int]], quotas: dict[str, int], rng: np.random.Generator) -> None:
        self._decks = decks
        self._quotas = quotas
        self._rng = rng
        self._left: dict[str, list[int]] = {corpus: [] for corpus in quotas}

    def epoch(self) -> npt.NDArray[np.int64]:
        """Give the shuffled clip indices of one epoch."""
        chosen = [index for corpus, quota in self._quotas.items() for index in self._take(corpus, quota)]
        return self._rng.permutation(np.asarray(chosen, dtype=np.int64))

    def _take(self, corpus: str, count: int) -> Iterator[int]:
        left = self._left[corpus]
        for _ in range(count):
            if not left:
                left.extend(self._rng.permutation(np.asarray(self._decks[corpus])).tolist())
            yield left.pop()


def excerpts(store: FeatureStore, clips: npt.NDArray[np.int64], frames: int, rng: np.random.Generator) -> Tensor:
    """Cut one random excerpt of a random copy of each clip, its tempo a little changed.

    Returns:
        (clips, FEATURE_ROWS, frames) float32.
    """
    copies = rng.integers(len(store.copies), size=len(clips))
    return torch.stack(
        [
            _excerpt(store.features(clip, copy), frames, rng)
            for clip, copy in zip(clips.tolist(), copies.tolist(), strict=True)
        ]
    )


def _excerpt(features: npt.NDArray[np.float16], frames: int, rng: np.random.Generator) -> Tensor:
    wanted = int(frames * rng.uniform(SLOWEST, FASTEST))
    # A short clip is heard again rather than padded: padding would tell its length.
    repeated = np.concatenate([features] * -(-wanted // len(features)))
    start = rng.integers(len(repeated) - wanted + 1)
    cut = torch.from_numpy(repeated[start : start + wanted].astype(np.float32)).T[None]
    return nn.functional.interpolate(cut, size=frames, mode="linear", align_corners=False)[0]


def disturb(features: Tensor, rng: np.random.Generator) -> Tensor:
    """Tilt the spectrum and mask bands, pitches and moments of (clips, FEATURE_ROWS, frames), in place."""
    clips, _, frames = features.shape
    slope = torch.linspace(-1.0, 1.0, MEL_BANDS)[:, None]
    tilt = rng.normal(0.0, TILT, (clips, 1, 1)), rng.normal(0.0, OFFSET, (clips, 1, 1))
    features[:, :MEL_BANDS] += torch.from_numpy(tilt[0]).float() * slope + torch.from_numpy(tilt[1]).float()
    for clip in features:
        for _ in range(MASKS):
            clip[_span(rng, MEL_BANDS, MEL_MASK)] = clip[:MEL_BANDS].mean()
            clip[:, _span(rng, frames, TIME_MASK)] = clip.mean(dim=1, keepdim=True)
        clip[MEL_BANDS:][_span(rng, PITCH_BANDS, PITCH_MASK)] = 0.0
        chance = rng.random()
        if chance < HIDDEN_BLOCK:
            clip[MEL_BANDS:] = 0.0
        elif chance < 2 * HIDDEN_BLOCK:
            clip[:MEL_BANDS] = clip[:MEL_BANDS].mean()
    return features


def _span(rng: np.random.Generator, size: int, longest: int) -> slice:
    length = int(rng.integers(min(longest, size) + 1))
    start = int(rng.integers(size - length + 1))
    return slice(start, start + length)
