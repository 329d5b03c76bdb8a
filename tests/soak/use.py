"""Clips and jobs for hours' worth of use, and what the processes hold meanwhile."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import requests

from scripts.browsing import running_app, running_worker
from tests.fuzz.leftovers import command, descendants, descriptors, files_in, memory_mib, settled
from tests.support.sound import SAMPLES, voice, wav

LOOKS: Final = 10
_CALL_S: Final = 8.0
_JOB_WAIT_S: Final = 600.0


@dataclass
class Look:
    """What the processes hold at one moment.

    Attributes:
        after: how much was done by then.
        memory_mib: what they alone hold.
        descriptors: files and connections.
        temporary_files: beside those of the start.
    """

    after: str
    memory_mib: float
    descriptors: int
    temporary_files: int


def use(clips: int, jobs: int) -> dict[str, Any]:
    """Hear so many clips and do so many jobs, and look at the processes in between.

    Args:
        clips: sent one after the other, every seventh of them no audio at all.
        jobs: calls, handed in evenly between the clips.
    """
    started = time.monotonic()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        instance, scratch = root / "instance", root / "tmp"
        instance.mkdir()
        scratch.mkdir()
        address = stack.enter_context(running_app(instance, TMPDIR=str(scratch)))
        stack.enter_context(running_worker(instance, TMPDIR=str(scratch)))
        session = stack.enter_context(requests.Session())
        there = len(files_in(scratch))
        looks, errors, made = [], 0, []
        recordings = [path.read_bytes() for path in sorted(SAMPLES.glob("*.flac"))]
        for number in range(clips):
            errors += not _heard(session, address, recordings, number)
            if number * jobs // clips != (number + 1) * jobs // clips:
                made.append(_handed_in(session, address))
            if (number + 1) % max(1, clips // LOOKS) == 0:
                looks.append(_look(f"{number + 1} clips, {len(made)} jobs", scratch, there))
        unfinished = _ended(session, address, made)
        left = settled(lambda: files_in(scratch)[there:])
        looks.append(_look("all jobs ended", scratch, there))
    return {
        "clips": clips,
        "jobs": len(made),
        "errors": errors,
        "jobs_not_succeeded": unfinished,
        "looks": [asdict(look) for look in looks],
        "grown_mib": round(looks[-1].memory_mib - looks[len(looks) // 2].memory_mib, 1),
        "left": left,
        "took_s": round(time.monotonic() - started),
    }


def _heard(session: requests.Session, address: str, recordings: list[bytes], number: int) -> bool:
    """Whether a clip got the answer it should have."""
    is_audio = number % 7 != 0
    data = recordings[number % len(recordings)] if is_audio else b"no audio at all" * (number + 1)
    answer = session.post(f"{address}/api/v1/clips", files={"file": ("a.flac", data)}, timeout=60)
    return answer.status_code == (201 if is_audio else 415)


def _handed_in(session: requests.Session, address: str) -> str:
    sound = wav(voice(_CALL_S))
    answer = session.post(f"{address}/api/v1/calls", files={"file": ("call.wav", sound)}, timeout=60)
    return str(answer.json()["id"])


def _ended(session: requests.Session, address: str, jobs: list[str]) -> int:
    """How many jobs did not succeed."""
    deadline = time.monotonic() + _JOB_WAIT_S
    waiting, failed = list(jobs), 0
    while waiting and time.monotonic() < deadline:
        state = session.get(f"{address}/api/v1/jobs/{waiting[0]}", timeout=60).json()["state"]
        if state in {"queued", "running"}:
            time.sleep(0.2)
            continue
        failed += state != "succeeded"
        waiting.pop(0)
    return failed + len(waiting)


def _look(after: str, scratch: Path, there: int) -> Look:
    ours = [pid for pid in descendants(os.getpid()) if "emotion_clf" in command(pid)]
    return Look(after, memory_mib(ours), descriptors(ours), max(0, len(files_in(scratch)) - there))
