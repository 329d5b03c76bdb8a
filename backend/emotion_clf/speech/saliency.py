"""Why a label was given: which stretches of a clip speak for it, found by leaving out one after another.

Each stretch in turn is replaced by the clip's own background, and the drop in the label's log-odds is its effect. The
background was chosen over digital silence: the two find nearly the same stretches (`make bench-why` measures both), but
what the background finds also matters where silence is put, in each clip measured, and not quite the other way round.
One pass at a time, because on processors a batch took longer than its clips one by one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import numpy.typing as npt

    Samples = npt.NDArray[np.float32]
    LogOdds = Callable[[Iterator[Waveform]], npt.NDArray[np.float64]]

STEP_S: Final = 0.1
MAX_PASSES: Final = 150
MAX_HEARD_S: Final = 1200.0  # of sound in all passes together: what bounds the time of long clips
NOTICEABLE: Final = 0.1  # in log-odds: at even odds, two and a half points in a hundred
_CELLS_OF_A_MASK: Final = 2
_FADE_S: Final = 0.005
_QUIET_S: Final = 0.2
_QUIET_HOP_S: Final = 0.01


@dataclass(frozen=True, slots=True, eq=False)
class Saliency:
    """How much each stretch of a clip speaks for a label.

    Attributes:
        start_s: (n,) starts of the stretches, in seconds.
        end_s: (n,) their ends; each is where the next one starts.
        effect: (n,) in log-odds: by how much the label's would drop without the stretch; negative where it speaks
            against the label.
    """

    start_s: npt.NDArray[np.float64]
    end_s: npt.NDArray[np.float64]
    effect: npt.NDArray[np.float64]

    @property
    def strongest(self) -> tuple[float, float] | None:
        """Start and end of what speaks most for the label, in seconds; None where nothing does noticeably."""
        return self._around_peak(self.effect)

    @property
    def opposing(self) -> tuple[float, float] | None:
        """Start and end of what speaks most against the label, in seconds; None where nothing does noticeably."""
        return self._around_peak(-self.effect)

    def shifted(self, by_s: float) -> Saliency:
        """The same, for a clip that begins so many seconds into a recording."""
        return Saliency(self.start_s + by_s, self.end_s + by_s, self.effect)

    def as_dict(self) -> dict[str, Any]:
        """The stretches for programs."""
        return {
            "start_s": [round(value, 3) for value in self.start_s.tolist()],
            "end_s": [round(value, 3) for value in self.end_s.tolist()],
            "effect": [round(value, 4) for value in self.effect.tolist()],
            "strongest": _span(self.strongest),
            "opposing": _span(self.opposing),
        }

    def _around_peak(self, effect: npt.NDArray[np.float64]) -> tuple[float, float] | None:
        """The stretches around the greatest effect that have at least half of it."""
        peak = int(np.argmax(effect))
        if effect[peak] < NOTICEABLE:
            return None
        weak = np.flatnonzero(effect < effect[peak] / 2)
        first = int(max(weak[weak < peak], default=-1)) + 1
        last = int(min(weak[weak > peak], default=len(effect))) - 1
        return float(self.start_s[first]), float(self.end_s[last])


def explain(log_odds: LogOdds, waveform: Waveform, filling: Samples | None = None) -> Saliency:
    """Leave out each stretch of a clip and see what becomes of its label.

    Args:
        log_odds: of the label, one for each waveform; they are MAX_PASSES at most, of the same length as the clip.
        waveform: the clip.
        filling: (n,) what stands in for what is left out; None: the clip's own background.
    """
    filling = background(waveform.samples) if filling is None else filling
    edges = np.linspace(0, len(waveform.samples), _cells(waveform.duration_s) + 1)
    odds = log_odds(_variants(waveform, filling, edges))
    drops = odds[0] - odds[1:]
    effect = (drops[:-1] + drops[1:]) / _CELLS_OF_A_MASK
    return Saliency(edges[:-1] / SAMPLE_RATE_HZ, edges[1:] / SAMPLE_RATE_HZ, effect)


def _variants(waveform: Waveform, filling: Samples, edges: npt.NDArray[np.float64]) -> Iterator[Waveform]:
    """The whole clip, then the clip under each mask."""
    yield waveform
    count = len(edges) - 1
    # Each mask covers two cells and moves on by one; the first and the last reach over the clip's ends.
    for mask in range(count + 1):
        left, right = max(0, mask - 1), min(count, mask - 1 + _CELLS_OF_A_MASK)
        yield Waveform(replaced(waveform.samples, filling, edges[left], edges[right]))


def background(samples: Samples) -> Samples:
    """What a clip sounds like where nobody speaks: its quietest fifth of a second, to and fro until it is as long."""
    length = min(len(samples), round(_QUIET_S * SAMPLE_RATE_HZ))
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    starts = np.arange(0, len(samples) - length + 1, round(_QUIET_HOP_S * SAMPLE_RATE_HZ))
    quietest = int(starts[np.argmin(energy[starts + length] - energy[starts])])
    stretch = samples[quietest : quietest + length]
    to_and_fro: Samples = np.pad(stretch, (0, len(samples) - length), mode="symmetric")
    return to_and_fro


def replaced(samples: Samples, filling: Samples, start: float, end: float) -> Samples:
    """A copy of a sound in which the filling stands from one sample to another, faded in and out."""
    places = np.arange(len(samples))
    fade = _FADE_S * SAMPLE_RATE_HZ
    weight = np.clip(np.minimum(places - start, end - 1 - places) / fade + 1, 0, 1).astype(np.float32)
    mixed: Samples = samples + weight * (filling - samples)
    return mixed


def _cells(duration_s: float) -> int:
    """How many stretches: of a tenth of a second, longer ones where the passes would be too many or too long."""
    passes = min(MAX_PASSES, int(MAX_HEARD_S / duration_s))
    return max(1, min(round(duration_s / STEP_S), passes - 2))


def _span(found: tuple[float, float] | None) -> dict[str, float] | None:
    return None if found is None else {"start_s": round(found[0], 3), "end_s": round(found[1], 3)}
