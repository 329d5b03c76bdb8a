"""Parsers of what others made: whatever the bytes, they give a value or a refusal that users are told of, soon."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz.parsers import PARSERS, seeds, survives

EXAMPLES = 150
LONGEST_S = 2.0


@st.composite
def mutations(draw: st.DrawFn, kept: tuple[bytes, ...]) -> bytes:
    """One of the seeds with something in its middle, or anything at all."""
    if not kept or not draw(st.integers(0, 4)):
        return draw(st.binary(max_size=200))
    data = draw(st.sampled_from(kept))
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 8)))
    return data[:start] + draw(st.binary(max_size=12)) * draw(st.sampled_from([1, 1, 50])) + data[end:]


@pytest.mark.parametrize("name", sorted(PARSERS))
def test_mutated_inputs(name: str) -> None:
    @seed(6)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(mutations(seeds(name)))
    def each(data: bytes) -> None:
        started = time.perf_counter()
        survives(name, data)
        assert time.perf_counter() - started < LONGEST_S

    each()
