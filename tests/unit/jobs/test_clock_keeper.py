from __future__ import annotations

import logging
import subprocess
import sys
import time

import pytest

from emotion_clf.jobs import clock_keeper
from emotion_clf.jobs.clock_keeper import ClockKeeper
from emotion_clf.settings import Settings


def started(program: str, kept: list[subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
    clock = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    kept.append(clock)
    return clock


@pytest.mark.parametrize(
    ("program", "end"),
    [("raise SystemExit(3)", "ended with status 3"), ("import time; print('.', flush=True); time.sleep(60)", "stood")],
)
def test_a_clock_that_ends_or_stands_still_is_started_anew(
    program: str, end: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, settings: Settings
) -> None:
    kept: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(clock_keeper, "_started", lambda: started(program, kept))
    keeper = ClockKeeper(stands_after_s=0.6)
    with caplog.at_level(logging.ERROR):
        keeper.start()
        deadline = time.monotonic() + 30
        while len(kept) < 2 and time.monotonic() < deadline:
            time.sleep(0.05)
        keeper.stop(settings)
    assert len(kept) >= 2
    assert end in caplog.text
    assert all(clock.poll() is not None for clock in kept)
    keeper.stop(settings)  # has nothing left to do
