"""The attack: mutated inputs to a real server with a worker, each answer judged, and what is left behind counted."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import select

from emotion_clf.settings import Settings
from emotion_clf.storage.job_values import ENDED
from emotion_clf.storage.tables import JobRow
from emotion_clf.web import create_app
from scripts.browsing import running_app, running_worker
from tests.fuzz import leftovers, media, strange
from tests.fuzz.ground import Ground, routes
from tests.fuzz.judge import Judge
from tests.fuzz.sent import CORPUS, Answer, Sent
from tests.fuzz.wire import Wire, chunked

if TYPE_CHECKING:
    from collections.abc import Callable

# How many of a hundred inputs are of each kind.
SHARES: Final = {"requests": 82, "files": 10, "chunks": 6, "windows": 2}
_JOBS_S: Final = 120.0


@dataclass
class Findings:
    """What was tried, and what came of it.

    Attributes:
        tried: inputs by kind.
        statuses: answers by status.
        routes: answers by endpoint.
        faults: by what is wrong and where, the first input of each.
        slowest_s: the longest answer.
        took_s: seconds by kind, those of the start among those of the first.
    """

    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    faults: dict[str, dict[str, Any]] = field(default_factory=dict)
    slowest_s: float = 0.0
    took_s: dict[str, float] = field(default_factory=dict)

    def note(self, kind: str, sent: Sent, answer: Answer, fault: str | None) -> None:
        self.tried[kind] += 1
        self.statuses[answer.status] += 1
        self.routes[sent.route] += 1
        self.slowest_s = max(self.slowest_s, answer.took_s)
        if fault is None:
            return
        found = self.faults.setdefault(f"{fault.partition(':')[0]} at {sent.route}", {"times": 0, "first": fault})
        found["times"] += 1
        if found["times"] == 1:
            found["input"] = str(_saved(sent).relative_to(CORPUS))
            print(fault, sent.method, sent.target[:120], answer.body[-300:], flush=True)


def _saved(sent: Sent) -> Path:
    folder = CORPUS / ("raw" if not sent.method else "requests")
    if sent.method:
        return sent.save(folder)
    path = folder / f"found-{abs(hash(sent.body)):x}.bin"
    path.write_bytes(sent.body)
    return path


def attack(count: int, seed_number: int) -> dict[str, Any]:
    """Send so many inputs to a server of our own, and tell what came of them.

    Args:
        count: of inputs, in all kinds together.
        seed_number: the same one draws the same inputs.
    """
    started_s = time.monotonic()
    with ExitStack() as stack:
        root = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        instance, scratch = root / "instance", root / "tmp"
        instance.mkdir()
        scratch.mkdir()
        environment = {"FETCH_HOSTS": "[]", "TMPDIR": str(scratch), "JOB_LEASE_S": "5"}
        address = stack.enter_context(running_app(instance, **environment))
        stack.enter_context(running_worker(instance, **environment))
        app = create_app(Settings(instance_dir=instance, fetch_hosts=()))
        stack.callback(app.extensions["emotion_clf"].database.dispose)
        wire = Wire(address, Ground(app))
        judge = Judge(requests.get(f"{address}/openapi.json", timeout=10).json())
        ours = [pid for pid in leftovers.descendants(os.getpid()) if "emotion" in leftovers.command(pid)]
        before, there = leftovers.descriptors(ours), set(leftovers.files_in(scratch))
        found = Findings()
        for kind, each in _kinds(wire, judge, found).items():
            _draw(max(1, count * SHARES[kind] // 100), seed_number, each)
            found.took_s[kind] = round(time.monotonic() - started_s - sum(found.took_s.values()), 1)
        jobs = _ended(app)
        left = leftovers.settled(lambda: _left(scratch, there, instance, app))
        after = leftovers.descriptors(ours)
    return {
        "seed": seed_number,
        "inputs": sum(found.tried.values()),
        "by_kind": dict(found.tried),
        "took_s_by_kind": found.took_s,
        "routes": len([route for route in found.routes if route]),
        "routes_there_are": len({endpoint for *_, endpoint in routes(app)}),
        "formats": sorted(media.files()),
        "statuses": {str(status): times for status, times in sorted(found.statuses.items())},
        "unexpected": sum(fault["times"] for name, fault in found.faults.items() if not name.startswith("hang")),
        "hangs_over_10_s": sum(fault["times"] for name, fault in found.faults.items() if name.startswith("hang")),
        "leftovers": left,
        "jobs": jobs,
        "slowest_s": round(found.slowest_s, 2),
        "descriptors": {"before": before, "after": after},
        "faults": found.faults,
        "took_s": round(time.monotonic() - started_s),
    }


def _draw(count: int, seed_number: int, each: tuple[st.SearchStrategy[Any], Callable[[Any], None]]) -> None:
    strategy, check = each

    @seed(seed_number)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def run(drawn: Any) -> None:
        check(drawn)

    run()


def _kinds(
    wire: Wire, judge: Judge, found: Findings
) -> dict[str, tuple[st.SearchStrategy[Any], Callable[[Any], None]]]:
    def send(kind: str) -> Callable[[Sent], None]:
        def check(sent: Sent) -> None:
            answer = wire.send(sent)
            found.note(kind, sent, answer, judge.fault(sent, answer))

        return check

    def chunks(data: bytes) -> None:
        answer = wire.raw(data, ended=True)
        # Whoever breaks off in the middle may be left without an answer.
        fault = None if answer.status == 0 else judge.fault(Sent("", "", (), data), answer)
        refused = answer.status in {501, 505}  # what gunicorn says of codings and versions it does not know
        found.note("chunks", Sent("", "", (), data, "chunks"), answer, None if refused else fault)

    return {
        "requests": (strange.requests(routes(wire.ground.app)), send("requests")),
        "files": (media.uploads(), send("files")),
        "chunks": (chunked(), chunks),
        "windows": (media.windows(), send("windows")),
    }


def _jobs(app: Any) -> list[JobRow]:
    """Every job there is, calls included."""
    with app.extensions["emotion_clf"].database.session() as session:
        return list(session.scalars(select(JobRow)))


def _ended(app: Any) -> dict[str, Any]:
    """Wait for the jobs the attack made, and count how they ended; one that failed by our own fault is named."""
    deadline = time.monotonic() + _JOBS_S
    while (jobs := _jobs(app)) and not all(job.state in ENDED for job in jobs) and time.monotonic() < deadline:
        time.sleep(0.5)
    ours = [job for job in jobs if job.error_code in {"internal_error", "job_lost"}]
    return {
        "states": dict(Counter(str(job.state) for job in jobs)),
        "never_ended": [f"{job.id} {job.kind} {job.state}" for job in jobs if job.state not in ENDED],
        "codes": dict(Counter(job.error_code for job in jobs if job.error_code)),
        "failed_by_our_fault": [f"{job.title}: {job.error_code}" for job in ours],
    }


def _left(scratch: Path, there: set[str], instance: Path, app: Any) -> list[str]:
    """Temporary files beside those of the start, processes that decode or fetch, and folders of jobs that are gone."""
    found = [f"temporary file {name}" for name in leftovers.files_in(scratch) if name not in there]
    found += [
        f"process {leftovers.command(pid)[:80]}"
        for pid in leftovers.descendants(os.getpid())
        if "ffmpeg" in leftovers.command(pid) or "confine" in leftovers.command(pid)
    ]
    known = {job.id for job in _jobs(app)}
    folders = instance / "jobs"
    found += [
        f"folder of job {path.name}: {leftovers.files_in(path)}" for path in folders.glob("*") if path.name not in known
    ]
    return found
