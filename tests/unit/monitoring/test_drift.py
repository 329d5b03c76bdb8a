from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emotion_clf.monitoring.drift import (
    Verdict,
    compare,
    jensen_shannon,
    mean_of,
    noise,
    population_stability_index,
)

PAIRS = st.integers(2, 16).flatmap(
    lambda bins: st.tuples(*[st.lists(st.integers(0, 5000), min_size=bins, max_size=bins) for _ in range(2)])
)


@given(PAIRS)
def test_both_measures_keep_their_bounds_and_do_not_care_which_comes_first(pair: tuple[list[int], list[int]]) -> None:
    expected, observed = pair
    assume(any(expected) and any(observed))
    found = compare(expected, observed)
    assert found.psi >= -1e-12
    assert 0.0 <= found.jensen_shannon <= 1.0
    back = compare(observed, expected)
    assert math.isclose(back.jensen_shannon, found.jensen_shannon, abs_tol=1e-12)
    assert math.isclose(back.psi, found.psi, abs_tol=1e-9)
    assert math.isclose(back.noise, found.noise)


@given(PAIRS, st.randoms())
def test_the_order_of_the_bins_does_not_matter(pair: tuple[list[int], list[int]], random: object) -> None:
    expected, observed = pair
    assume(any(expected) and any(observed))
    mixed = list(zip(expected, observed, strict=True))
    random.shuffle(mixed)  # type: ignore[attr-defined]
    found, again = compare(expected, observed), compare([one for one, _ in mixed], [other for _, other in mixed])
    assert math.isclose(found.psi, again.psi, abs_tol=1e-9)
    assert math.isclose(found.jensen_shannon, again.jensen_shannon, abs_tol=1e-12)


@given(st.lists(st.integers(0, 5000), min_size=2, max_size=16))
def test_what_has_not_moved_has_no_drift(counts: list[int]) -> None:
    assume(any(counts))
    assert population_stability_index(counts, counts) == pytest.approx(0, abs=1e-12)
    assert jensen_shannon(counts, [3 * count for count in counts]) == pytest.approx(0, abs=1e-12)
    assert compare(counts, counts).verdict is Verdict.STEADY


def test_the_index_of_a_worked_example() -> None:
    # 50:50 against 20:80 of a thousand each, by hand: -0.3 ln 0.4 + 0.3 ln 1.6 = 0.4159
    assert population_stability_index([500, 500], [200, 800]) == pytest.approx(0.4159, abs=0.002)
    assert jensen_shannon([500, 0], [0, 7]) == 1.0
    assert compare([500, 500], [200, 800]).verdict is Verdict.DRIFTED
    assert compare([500, 500], [340, 660]).verdict is Verdict.MOVED


def test_bins_that_are_empty_in_both_change_nothing() -> None:
    assert compare([30, 70, 0, 0], [40, 60, 0, 0]) == compare([30, 70], [40, 60])


@pytest.mark.parametrize(("bins", "answers"), [(2, 100), (6, 100), (10, 100), (10, 1000)])
def test_chance_stays_below_the_noise_in_95_of_100_samples(bins: int, answers: int) -> None:
    generator = np.random.default_rng(3)
    shares, reference = np.full(bins, 1 / bins), 6000
    expected = generator.multinomial(reference, shares, size=1500)
    observed = generator.multinomial(answers, shares, size=1500)
    bound = noise(bins, reference, answers)
    above = np.mean([
        population_stability_index(one.tolist(), other.tolist()) > bound
        for one, other in zip(expected, observed, strict=True)
    ])  # fmt: skip
    assert 0.03 < above < 0.075


def test_few_answers_are_no_alarm() -> None:
    found = compare([1000, 1000, 1000, 1000], [0, 5, 2, 5])
    assert found.psi > 0.25
    assert found.verdict is Verdict.STEADY
    assert found.as_dict()["verdict"] == "steady"


def test_several_quantities_are_one_by_their_mean() -> None:
    steady, moved = compare([50, 50], [50, 50]), compare([50, 50], [10, 90])
    together = mean_of([steady, moved])
    assert together.psi == pytest.approx(moved.psi / 2)
    assert together.noise == pytest.approx(moved.noise)


@pytest.mark.parametrize(("expected", "observed"), [([1, 2], [1]), ([0, 0], [1, 2]), ([1, 2], [0, 0])])
def test_what_cannot_be_compared_is_refused(expected: list[int], observed: list[int]) -> None:
    with pytest.raises(ValueError, match=r"bins|counted"):
        compare(expected, observed)
