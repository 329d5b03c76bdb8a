"""A voice that leaks into the other channel: its way there is learnt from the sound, and what came by it is taken out.

A copy goes together with its source over time, however weak or late it is; another voice, however quiet, does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ
from emotion_clf.audio.voice_activity import FRAME_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    Flags = npt.NDArray[np.bool_]
    Values = npt.NDArray[np.float32]
    Spectra = npt.NDArray[np.complexfloating]

LONGEST_LAG_S: Final = 0.22
# On either side of what is cleaned lie the longest lag and half a window, in whole frames.
_MARGIN: Final = 9 * FRAME_SAMPLES
# What is looked at together, at 4 kHz and with both margins and the longest lag, fits into 65,536 samples.
_STRETCH: Final = 480 * FRAME_SAMPLES
_DELAYS: Final = 65_536
_WINDOW: Final = 2 * FRAME_SAMPLES
_HANN: Final = np.sqrt(np.hanning(_WINDOW + 1)[:-1]).astype(np.float32)
_DECIMATION: Final = 4
_REACH: Final = round(LONGEST_LAG_S * SAMPLE_RATE_HZ / _DECIMATION)
# A path is learnt where its source is this much louder than its end, over half a second, and no steady noise.
_DOMINANCE: Final = 1.6
_SMOOTH_FRAMES: Final = 15
_LEAST_POWER: Final = 1e-7
_OVER_FLOOR: Final = 3.0
_FLOOR_SHARE: Final = 0.1
_LEAST_FRAMES: Final = 20
# What is weaker beside its source than this counts for no more than what is just so weak.
_FAINTEST: Final = 1e-2
_MEMORY: Final = 0.7
# How flat spectra are made before delays are looked for: flatter ones show them more sharply, and noise too.
_WHITENING: Final = 0.3
# How far the strongest delay stands out of the others where there is a path.
_LEAST_PEAK: Final = 6.0
# A path that accounts for less of the sound than this is chance.
_LEAST_SHARE: Final = 0.06
_ECHO_TAPS: Final = 256
_RIDGE: Final = 1e-3
_LOWEST_BIN: Final = round(100 * _WINDOW / SAMPLE_RATE_HZ)
# What is left of a frame is its own voice where it is more than what is usually left of a copy, and some more.
_LEAST_LEFT: Final = 0.15
_MOST_LEFT: Final = 0.7
_BLUR_FRAMES: Final = 5
_TINY: Final = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Path:
    """The way from one channel into the other.

    Attributes:
        lag: by how many samples the copy is late, negative where it is early.
        response: what becomes of each frequency, complex of shape (513,).
        share: the part of the sound that it accounts for, in the median of the frames in which its source is louder.
        sure_share: the part that it accounts for in three quarters of them.
        level_db: how loud the copy is beside its source.
    """

    lag: int
    response: Spectra
    share: float
    sure_share: float
    level_db: float

    @property
    def lag_s(self) -> float:
        """How late the copy is, in seconds."""
        return self.lag / SAMPLE_RATE_HZ


@dataclass(frozen=True, slots=True, eq=False)
class Piece:
    """A stretch of two channels.

    Attributes:
        samples: without what leaks, of shape (n, 2).
        foreign: whether what is heard in a frame came from the other channel, of shape (frames, 2).
    """

    samples: Values
    foreign: Flags


class Crosstalk:
    """Takes out of each of two channels what leaks into it from the other, piece by piece."""

    def __init__(self) -> None:
        self._finders = (_PathFinder(), _PathFinder())
        self._waiting = np.zeros((_MARGIN, 2), dtype=np.float32)

    def feed(self, block: Values) -> Iterator[Piece]:
        """Take in a block of shape (n, 2); yield what is certain by now, in whole frames."""
        self._waiting = np.concatenate([self._waiting, block])
        while len(self._waiting) >= _STRETCH + 2 * _MARGIN:
            yield self._cleaned(_STRETCH)

    def finish(self) -> Iterator[Piece]:
        """Yield the rest."""
        yield from self.feed(np.zeros((_MARGIN, 2), dtype=np.float32))
        rest = len(self._waiting) - 2 * _MARGIN
        count = -(-rest // FRAME_SAMPLES) * FRAME_SAMPLES
        self._waiting = np.pad(self._waiting, ((0, count - rest), (0, 0)))
        if count:
            piece = self._cleaned(count)
            yield Piece(piece.samples[:rest], piece.foreign)

    @property
    def strongest(self) -> tuple[Path | None, Path | None]:
        """The strongest way from the first channel into the second, and back; None where there never was one."""
        return self._finders[0].strongest, self._finders[1].strongest

    def _cleaned(self, count: int) -> Piece:
        stretch = self._waiting[: count + 2 * _MARGIN]
        self._waiting = self._waiting[count:]
        clean = stretch[_MARGIN : _MARGIN + count].copy()
        foreign = np.zeros((count // FRAME_SAMPLES, 2), dtype=bool)
        for source, target in ((0, 1), (1, 0)):
            path = self._finders[source].learn(stretch[:, source], stretch[:, target])
            if path is not None:
                heard = _power(clean[:, target], _BLUR_FRAMES)
                clean[:, target] = _without(path, stretch[:, source], stretch[:, target])
                least = min(_MOST_LEFT, 1 - (1 - _LEAST_LEFT) * path.sure_share)
                foreign[:, target] = _power(clean[:, target], _BLUR_FRAMES) < least * heard
        return Piece(clean, foreign)


class _PathFinder:
    """Learns the way from one channel into the other, and goes along with it where it changes.

    Attributes:
        strongest: the loudest path so far; None where there was none.
    """

    def __init__(self) -> None:
        self._delays = _Delays()
        self._lag: int | None = None
        self._products: tuple[Spectra, Spectra] | None = None
        self._path: Path | None = None
        self.strongest: Path | None = None

    def learn(self, source: Values, target: Values) -> Path | None:
        """Take in a stretch of both channels, which has a margin on either side; return the path by all that is known.

        Where the stretch tells nothing, the path is that of the one before.
        """
        leads, gains = _leading(source, target)
        if leads.sum() >= _LEAST_FRAMES:
            found = self._delays.find(_coarse(source, leads * gains), _coarse(target, gains))
            lag = self._lag if found is None else found
            if lag is not None:
                self._learn(lag, _late(source, lag), _late(target, 0))
        return self._path

    def _learn(self, lag: int, source: Values, target: Values) -> None:
        leads, gains = _leading(source, target)
        # Each window spans two frames.
        both = leads[1:] & leads[:-1]
        if both.sum() < _LEAST_FRAMES:
            return
        far, near, weights = _spectra(source)[both], _spectra(target)[both], np.square(gains[1:][both])[:, None]
        cross, power = (weights * far.conj() * near).sum(axis=0), (weights * np.square(np.abs(far))).sum(axis=0)
        if lag == self._lag and self._products is not None:
            cross, power = cross + _MEMORY * self._products[0], power + _MEMORY * self._products[1]
        self._lag, self._products = lag, (cross, power)
        path = _judged(lag, _short(cross / (power + _RIDGE * power.mean() + _TINY)), far, near)
        self._path = path if path.share >= _LEAST_SHARE else None
        if self._path is not None and (self.strongest is None or self.strongest.level_db < path.level_db):
            self.strongest = path


class _Delays:
    """What is known of how late the sound of one channel arrives in the other."""

    def __init__(self) -> None:
        self._cross: Spectra = np.zeros(1, dtype=np.complex64)
        self._power: Spectra = np.zeros(1, dtype=np.float32)

    def find(self, source: Values, target: Values) -> int | None:
        """Return by how many samples a copy is late, negative where it is early; None where there is no copy.

        Args:
            source: at 4 kHz, silent where it tells nothing.
            target: at 4 kHz, as long.
        """
        far, near = np.fft.rfft(source, _DELAYS), np.fft.rfft(target, _DELAYS)
        self._cross = far.conj() * near + _MEMORY * self._cross
        self._power = np.square(np.abs(far)) + _MEMORY * self._power
        impulse = np.abs(np.fft.irfft(self._cross / (self._power + _WHITENING * self._power.mean() + _TINY), _DELAYS))
        around = np.concatenate([impulse[-_REACH:], impulse[: _REACH + 1]])
        place = int(np.argmax(around))
        stands_out = around[place] > _LEAST_PEAK * np.sqrt(np.mean(np.square(around)))
        return (place - _REACH) * _DECIMATION if stands_out else None


def _leading(source: Values, target: Values) -> tuple[Flags, Values]:
    """In which frames a source is louder than where it may leak to, and what evens out the loudness of the frames."""
    far, near = _power(source, _SMOOTH_FRAMES), _power(target, _SMOOTH_FRAMES)
    floor = max(_LEAST_POWER, _OVER_FLOOR * float(np.quantile(far, _FLOOR_SHARE)))
    gains = 1 / np.sqrt(near + _FAINTEST * far + _LEAST_POWER)
    return (far > _DOMINANCE * near) & (far > floor), np.asarray(gains, dtype=np.float32)


def _judged(lag: int, response: Spectra, far: Spectra, near: Spectra) -> Path:
    """A path with how much it accounts for."""
    copy = response * far
    left, whole, copied, source = (
        np.square(np.abs(each[:, _LOWEST_BIN:])).sum(axis=1) + _TINY for each in (near - copy, near, copy, far)
    )
    shares = 1 - left / whole
    level_db = 10 * np.log10(copied.sum() / source.sum())
    return Path(lag, response, float(np.median(shares)), float(np.quantile(shares, 0.25)), float(level_db))


def _without(path: Path, source: Values, target: Values) -> Values:
    """The target without what arrives from the source; the margins are gone.

    Where taking it out would add sound, there was no copy: the source itself held one of the target.
    """
    near = _spectra(_late(target, 0))
    left = near - path.response * _spectra(_late(source, path.lag))
    less = np.square(np.abs(left)).sum(axis=1) < np.square(np.abs(near)).sum(axis=1)
    frames = np.fft.irfft(np.where(less[:, None], left, near), axis=1) * _HANN
    halves = frames.reshape(len(frames), 2, FRAME_SAMPLES)
    return np.asarray(halves[1:, 0] + halves[:-1, 1], dtype=np.float32).ravel()


def _late(samples: Values, lag: int) -> Values:
    """The samples as they were `lag` before, without their margins but with a frame on either side."""
    first = _MARGIN - FRAME_SAMPLES - lag
    return samples[first : first + len(samples) - 2 * _MARGIN + _WINDOW]


def _spectra(samples: Values) -> Spectra:
    """Spectra of windows of 64 ms, every 32 ms."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::FRAME_SAMPLES]
    return np.fft.rfft(windows * _HANN, axis=1)


def _short(response: Spectra) -> Spectra:
    """The response without what lies more than 16 ms before or after."""
    impulse = np.fft.irfft(response)
    impulse[_ECHO_TAPS:-_ECHO_TAPS] = 0
    return np.fft.rfft(impulse).astype(np.complex64)


def _power(samples: Values, frames: int) -> Values:
    """Mean square of each frame and those around it."""
    power = np.square(samples).reshape(-1, FRAME_SAMPLES).mean(axis=1)
    return np.convolve(power, np.full(frames, 1 / frames, dtype=np.float32), "same")


def _coarse(samples: Values, gains: Values) -> Values:
    """The samples at 4 kHz, each frame times its gain."""
    framed = samples.reshape(len(gains), -1, _DECIMATION).mean(axis=2) * gains[:, None]
    return np.asarray(framed, dtype=np.float32).ravel()
