"""What the channels of a recording have to do with one another, learnt while they pass by block by block.

Channels may hold the same sound: louder or weaker, late, turned upside down. Others are a mix of the rest, or silent.
What is left are the sides of a call, or, where that makes more than two, voices for which nothing but a mix is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Block = npt.NDArray[np.float32]
    Matrix = npt.NDArray[np.float64]

SIDES: Final = 2
# More are not compared with one another.
MOST_CHANNELS: Final = 8
LONGEST_LAG_S: Final = 0.22
# Channels that go together like this, one delay and one level apart all the time, hold the same sound.
_SAME_CORRELATION: Final = 0.8
_SAME_LEVELS_DB: Final = 4.0
_LATE_S: Final = 0.001
# A channel of which the others account for this much is a mix of them.
_MIXED_SHARE: Final = 0.95
# Below full scale, and below the loudest channel.
_SILENT_POWER: Final = 1e-8
_SILENT_SHARE: Final = 1e-5
# A stretch tells something where it is not much weaker than what a channel has on the average.
_LOUD_SHARE: Final = 0.1
_DECIMATION: Final = 4
_COARSE_HZ: Final = SAMPLE_RATE_HZ // _DECIMATION
_SHORT_FRAMES: Final = SAMPLE_RATE_HZ // 2
# The mean keeps 1 / count² of a channel that is alone; half of that is enough where it keeps least.
_KEPT_BY_MEAN: Final = 0.5
_WORST: Final = 0.05
_TINY: Final = 1e-12
_TRACKS: Final = (
    "The recording has two audio tracks, which are taken for the two sides of the call: the first for the left one, "
    "the second for the right one."
)
_FIRST: Final = "Only the first {count} of {total} channels were analysed."
_TWO: Final = (
    "Of {count} channels, {chosen} are taken for the left and the right side of the call. The others were left out: "
    "they hold the same sound, a mix of it, or none."
)
_ONE: Final = "Of {count} channels, {chosen} was analysed. The others were left out: they hold the same sound, or none."
_AVERAGED: Final = "{count} channels were averaged into one."


@dataclass(frozen=True, slots=True, eq=False)
class Channels:
    """What was learnt of the channels of a recording.

    Attributes:
        count: how many there are.
        sides: those that hold what the others do not, at most a copy or a mix of them left out.
        alike: whether there is one such channel among several that hold its sound.
        weights: what makes one sound of all channels in which none of them is lost, of length `count`.
    """

    count: int
    sides: tuple[int, ...]
    alike: bool
    weights: tuple[float, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What is kept of the channels of a recording.

    Attributes:
        matrix: the share of each channel in each that is kept, float32 of shape (channels, kept).
        notes: what was left out, for people.
    """

    matrix: Block
    notes: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many channels are kept."""
        return int(self.matrix.shape[1])

    def of(self, block: Block) -> Block:
        """Return what is kept of a block of shape (frames, channels)."""
        return block if self.matrix.shape == (block.shape[1],) * 2 else block[:, : len(self.matrix)] @ self.matrix


def all_of(widths: Sequence[int]) -> Kept:
    """Return all channels of a recording that has one or two.

    Args:
        widths: how many channels each audio track has.
    """
    notes = (_TRACKS,) if len(widths) == SIDES else ()
    return Kept(np.eye(sum(widths), dtype=np.float32), notes)


def kept_of(found: Channels, widths: Sequence[int]) -> Kept:
    """Return what is kept of more channels: the two sides, the only one, or a mix of all.

    Args:
        found: what was learnt of them.
        widths: how many channels each audio track has.
    """
    names, total = _names(widths), sum(widths)
    notes = [] if total <= found.count else [_FIRST.format(count=found.count, total=total)]
    if len(found.sides) > SIDES:
        matrix = np.array(found.weights, dtype=np.float32)[:, None]
        return Kept(matrix, (*notes, _AVERAGED.format(count=found.count)))
    sides = found.sides or (0,)
    said = _TWO if len(sides) == SIDES else _ONE
    notes.append(said.format(count=found.count, chosen=" and ".join(names[place] for place in sides)))
    return Kept(np.eye(found.count, dtype=np.float32)[:, list(sides)], tuple(notes))


def _names(widths: Sequence[int]) -> list[str]:
    """What people call each channel."""
    if len(widths) == 1:
        return [f"channel {place + 1}" for place in range(widths[0])]
    return [
        f"track {track}" if width == 1 else f"channel {place + 1} of track {track}"
        for track, width in enumerate(widths, start=1)
        for place in range(width)
    ]


class Survey:
    """Learns what the channels have to do with one another."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._pairs = {pair: _Pair() for pair in combinations(range(count), 2)}
        self._products: list[Matrix] = []

    def add(self, block: Block) -> None:
        """Take in a block of shape (frames, channels), four seconds but for the last."""
        exact = block - means_of(block)
        for start in range(0, len(exact), _SHORT_FRAMES):
            part = exact[start : start + _SHORT_FRAMES]
            self._products.append((part.T @ part).astype(np.float64) / len(part))
        whole = exact[: len(exact) // _DECIMATION * _DECIMATION]
        summed = sum(whole[place::_DECIMATION] for place in range(1, _DECIMATION)) + whole[::_DECIMATION]
        coarse = np.diff(summed, axis=0, prepend=0)
        if self._pairs and len(coarse):
            spectra = np.fft.rfft(coarse, 1 << (len(coarse) + _reach() - 1).bit_length(), axis=0)
            for (one, other), pair in self._pairs.items():
                pair.add(spectra[:, one], spectra[:, other])

    def found(self) -> Channels:
        """What was learnt."""
        products = np.array(self._products)
        power = np.einsum("bii->i", products) / len(products)
        live = [place for place in range(self._count) if power[place] > max(_SILENT_POWER, _SILENT_SHARE * power.max())]
        same = [pair for pair in self._pairs if set(pair) <= set(live) and self._pairs[pair].same]
        apart = _without_mixes(_without_copies(live, same, power), products.mean(axis=0))
        return Channels(
            count=self._count,
            sides=tuple(apart),
            alike=len(live) > 1 and len(apart) == 1,
            weights=self._weights(products, apart, same),
        )

    def _weights(self, products: Matrix, apart: Sequence[int], same: Sequence[tuple[int, int]]) -> tuple[float, ...]:
        late = any(self._pairs[pair].late for pair in same)
        if len(apart) == 1 and late:
            # A copy that is late would colour the sound.
            return tuple(float(place == apart[0]) for place in range(self._count))
        return mix_weights(products)


class _Pair:
    """Two channels, compared stretch by stretch."""

    def __init__(self) -> None:
        self._stretches: list[tuple[float, float, float, float]] = []

    def add(self, one: npt.NDArray[np.complexfloating], other: npt.NDArray[np.complexfloating]) -> None:
        """Take in the spectra of a stretch."""
        size = 2 * (len(one) - 1)
        products = np.fft.irfft(one.conj() * other, size)
        reach = _reach()
        around = np.concatenate([products[-reach:], products[: reach + 1]])
        place = int(np.argmax(np.abs(around)))
        powers = [float(np.square(np.abs(each)).sum()) * 2 / size + _TINY for each in (one, other)]
        self._stretches.append((powers[0], powers[1], abs(float(around[place])), (place - reach) / _COARSE_HZ))

    @property
    def same(self) -> bool:
        """Whether both hold the same sound, one delay and one level apart."""
        one, other, product, _ = self._loud()
        correlation = product.sum() / np.sqrt(one.sum() * other.sum())
        levels_db = 10 * np.log10(one / other)
        spread_db = np.quantile(levels_db, 0.9) - np.quantile(levels_db, 0.1)
        return bool(correlation > _SAME_CORRELATION and spread_db < _SAME_LEVELS_DB)

    @property
    def late(self) -> bool:
        """Whether one is later than the other."""
        return bool(np.median(np.abs(self._loud()[3])) > _LATE_S)

    def _loud(self) -> Matrix:
        """The stretches that tell something, of shape (4, stretches)."""
        found = np.array(self._stretches).T
        loud = (found[0] > _LOUD_SHARE * found[0].mean()) | (found[1] > _LOUD_SHARE * found[1].mean())
        return np.asarray(found[:, loud])


def means_of(block: Block) -> Block:
    """Return the mean of each channel of a block, float32 of shape (channels,)."""
    # Ten times as fast as the mean along the first axis.
    means: Block = np.full(len(block), 1 / max(len(block), 1), dtype=np.float32) @ block
    return means


def mix_weights(products: Matrix) -> tuple[float, ...]:
    """What makes one sound of several channels in which none of them is lost.

    The mean where that keeps everything; else the mean with some channels turned over, or one channel alone,
    whichever keeps most of the stretch that it keeps least of.

    Args:
        products: the channels' products in each stretch, of shape (stretches, channels, channels).
    """
    count = products.shape[1]
    candidates = [np.full(count, 1 / count), _signs(products.sum(axis=0)) / count, *np.eye(count)]
    loudest = np.einsum("bii->bi", products).max(axis=1)
    loud = loudest > _LOUD_SHARE * loudest.mean()
    if not loud.any():
        return tuple(candidates[0].tolist())
    kept = [
        np.quantile(np.einsum("i,bij,j->b", each, products, each)[loud] / loudest[loud], _WORST) for each in candidates
    ]
    best = 0 if kept[0] >= _KEPT_BY_MEAN / count**2 else int(np.argmax(kept))
    return tuple(candidates[best].tolist())


def _signs(products: Matrix) -> Matrix:
    """Which channels to turn over so that they add up, the loudest one not."""
    order = np.argsort(-np.diagonal(products))
    signs = np.zeros(len(products))
    for place in order:
        signs[place] = -1.0 if signs @ products[place] < 0 else 1.0
    return signs


def _without_copies(live: Sequence[int], same: Sequence[tuple[int, int]], power: Matrix) -> list[int]:
    """Of channels that hold the same sound, the loudest."""
    kept: list[int] = []
    for place in sorted(live, key=lambda place: (-power[place], place)):
        if not any((min(place, other), max(place, other)) in same for other in kept):
            kept.append(place)
    return sorted(kept)


def _without_mixes(places: Sequence[int], products: Matrix) -> list[int]:
    """The channels without those that are a mix of the others, the most mixed one first."""
    kept = list(places)
    while len(kept) > SIDES:
        chosen = products[np.ix_(kept, kept)]
        scale = np.sqrt(np.diagonal(chosen))
        correlations = chosen / np.outer(scale, scale)
        share = 1 - 1 / np.diagonal(np.linalg.inv(correlations + 1e-3 * np.eye(len(kept))))
        if share.max() < _MIXED_SHARE:
            break
        mixed = np.abs(correlations).sum(axis=0) * (share >= _MIXED_SHARE)
        del kept[int(np.argmax(mixed))]
    return kept


def _reach() -> int:
    return round(LONGEST_LAG_S * _COARSE_HZ)
