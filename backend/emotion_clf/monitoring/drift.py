"""How far what is seen has moved from what a model learnt from: two measures, and how large chance alone makes one.

Both compare counts in the same bins. The population stability index is the sum over the bins of
(seen - expected) * ln(seen / expected), both as shares: the symmetric Kullback-Leibler (Jeffreys) divergence. Its usual
limits, 0.1 and 0.25, are a rule of thumb of credit scoring (Siddiqi, Credit Risk Scorecards, 2006), no test. Where
nothing has moved, the index divided by (1/n + 1/m) is spread as chi-squared with one degree of freedom less than there
are bins (Yurdakul, Statistical Properties of Population Stability Index, 2018): that is the noise told beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MOVED_FROM: Final = 0.1
DRIFTED_FROM: Final = 0.25
# Added to each count, so that an empty bin does not make the index infinite (Krichevsky and Trofimov).
_HALF: Final = 0.5
_NORMAL_95: Final = 1.6448536269514722


class Verdict(StrEnum):
    """What an index says."""

    STEADY = "steady"
    MOVED = "moved"
    DRIFTED = "drifted"


@dataclass(frozen=True, slots=True)
class Drift:
    """How far counts have moved.

    Attributes:
        psi: population stability index, from 0.
        jensen_shannon: Jensen-Shannon divergence to base 2, in [0, 1].
        noise: the index below which 95 of 100 samples of this size stay where nothing has moved.
    """

    psi: float
    jensen_shannon: float
    noise: float

    @property
    def verdict(self) -> Verdict:
        """The usual limits, where the index is more than noise."""
        if self.psi <= self.noise or self.psi < MOVED_FROM:
            return Verdict.STEADY
        return Verdict.MOVED if self.psi < DRIFTED_FROM else Verdict.DRIFTED

    def as_dict(self) -> dict[str, float | str]:
        """The measures for programs."""
        return {
            "psi": round(self.psi, 4),
            "jensen_shannon": round(self.jensen_shannon, 4),
            "noise": round(self.noise, 4),
            "verdict": self.verdict.value,
        }


def compare(expected: Sequence[int], observed: Sequence[int]) -> Drift:
    """Both measures of the same bins.

    Args:
        expected: counts in the reference, at least one of them above 0.
        observed: counts in what was seen, at least one of them above 0.

    Raises:
        ValueError: other bins, or nothing in them.
    """
    used = _used(expected, observed)
    return Drift(
        population_stability_index(expected, observed),
        jensen_shannon(expected, observed),
        noise(len(used), sum(expected), sum(observed)),
    )


def mean_of(drifts: Sequence[Drift]) -> Drift:
    """Several quantities as one: the means of their measures; so is the noise, which is more than their mean has."""
    count = len(drifts)
    return Drift(
        math.fsum(drift.psi for drift in drifts) / count,
        math.fsum(drift.jensen_shannon for drift in drifts) / count,
        math.fsum(drift.noise for drift in drifts) / count,
    )


def population_stability_index(expected: Sequence[int], observed: Sequence[int]) -> float:
    """The index: 0 for equal counts, without an upper bound; bins that are empty in both are left out.

    Raises:
        ValueError: as `compare`.
    """
    used = _used(expected, observed)
    before = _smoothed([pair[0] for pair in used])
    after = _smoothed([pair[1] for pair in used])
    return math.fsum((new - old) * math.log(new / old) for old, new in zip(before, after, strict=True))


def jensen_shannon(expected: Sequence[int], observed: Sequence[int]) -> float:
    """The Jensen-Shannon divergence to base 2: 0 for equal shares, 1 where no bin has both.

    Raises:
        ValueError: as `compare`.
    """
    used = _used(expected, observed)
    all_expected, all_observed = sum(expected), sum(observed)
    terms = []
    for old, new in used:
        before, after = old / all_expected, new / all_observed
        middle = (before + after) / 2
        terms += [share * math.log2(share / middle) / 2 for share in (before, after) if share]
    return min(1.0, max(0.0, math.fsum(terms)))


def noise(bins: int, expected: int, observed: int) -> float:
    """The index below which 95 of 100 samples stay where nothing has moved.

    Args:
        bins: how many there are.
        expected: answers in the reference, at least 1.
        observed: answers that were seen, at least 1; they are taken to be independent of each other.
    """
    freedom = bins - 1
    if freedom < 1:
        return 0.0
    # The quantile of chi-squared after Wilson and Hilferty, right to a per cent from two bins on.
    spread = 2 / (9 * freedom)
    quantile = freedom * (1 - spread + _NORMAL_95 * math.sqrt(spread)) ** 3
    return quantile * (1 / expected + 1 / observed)


def _used(expected: Sequence[int], observed: Sequence[int]) -> list[tuple[int, int]]:
    if len(expected) != len(observed):
        raise ValueError(f"there are {len(expected)} bins in the reference and {len(observed)} in what was seen")
    if sum(expected) <= 0 or sum(observed) <= 0:
        raise ValueError("nothing was counted")
    return [pair for pair in zip(expected, observed, strict=True) if any(pair)]


def _smoothed(counts: Sequence[int]) -> list[float]:
    total = sum(counts) + _HALF * len(counts)
    return [(count + _HALF) / total for count in counts]
