"""How a minute of load is summed up; the minute itself is `make load`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.load import percentile, quick_clips_per_min, summary

TIMES = st.dictionaries(st.integers(0, 10_000).map(str), st.integers(1, 50), min_size=1)


@given(TIMES, st.integers(1, 100))
def test_a_percentile_is_a_time_that_was_measured_and_enough_are_within_it(times: dict[str, int], percent: int) -> None:
    everything = np.repeat([float(time) for time in times], list(times.values()))
    found = percentile(times, percent)
    assert found in everything
    assert (everything <= found).mean() >= percent / 100
    assert (everything < found).mean() < percent / 100


def entry(name: str, times: dict[str, int], errors: int = 0) -> dict[str, object]:
    return {"name": name, "num_requests": sum(times.values()), "num_failures": errors, "response_times": times}


def test_times_and_rates_are_summed_up_by_kind() -> None:
    found = summary([entry("clip", {"40": 440, "900": 10}), entry("page", {"5": 100}, errors=3)], 60)
    speed = {"p50_ms": 40.0, "p95_ms": 40.0, "p99_ms": 900.0}
    assert found["clip"] == {"requests": 450, "errors": 0, "requests_per_min": 450.0, **speed}
    assert (found["page"]["requests_per_min"], found["page"]["errors"]) == (100.0, 3)


def test_only_levels_that_are_quick_and_without_an_error_count() -> None:
    few = summary([entry("clip", {"40": 50})], 60)
    many = summary([entry("clip", {"40": 450})], 60)
    slow = summary([entry("clip", {"40": 500, "1300": 40})], 60)
    faulty = summary([entry("clip", {"40": 600}), entry("page", {"5": 9}, errors=1)], 60)
    assert quick_clips_per_min([few, many, slow, faulty]) == 450.0
    assert quick_clips_per_min([slow, faulty]) == 0.0
