"""How a minute of load is summed up; the minute itself is `make load`."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.load import percentile, summary, verdict

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


def test_the_floor_and_the_goal_need_speed_and_no_error() -> None:
    quick = summary([entry("clip", {"40": 440, "900": 10}), entry("page", {"5": 100})], 60)
    speed = {"p50_ms": 40.0, "p95_ms": 40.0, "p99_ms": 900.0}
    assert quick["clip"] == {"requests": 450, "errors": 0, "requests_per_min": 450.0, **speed}
    assert verdict(quick) == {"floor_met": True, "goal_met": True}
    fewer = summary([entry("clip", {"40": 50})], 60)
    assert verdict(fewer) == {"floor_met": True, "goal_met": False}
    assert not verdict(summary([entry("clip", {"40": 30})], 60))["floor_met"]
    assert not verdict(summary([entry("clip", {"40": 50, "1300": 4})], 60))["floor_met"]
    assert not verdict(summary([entry("clip", {"40": 500}), entry("page", {"5": 9}, errors=1)], 60))["floor_met"]
