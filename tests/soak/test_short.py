"""A little of `make soak`: what a server and a worker hold does not grow with use."""

from __future__ import annotations

from tests.soak.use import use


def test_clips_and_jobs_leave_nothing_behind() -> None:
    found = use(clips=21, jobs=2)
    assert (found["errors"], found["jobs_not_succeeded"], found["left"]) == (0, 0, [])
    first, last = found["looks"][len(found["looks"]) // 2], found["looks"][-1]
    assert last["descriptors"] <= first["descriptors"] + 16
    # The worker loads its models, of some 200 MiB, with its first jobs.
    assert last["memory_mib"] < first["memory_mib"] + 400
