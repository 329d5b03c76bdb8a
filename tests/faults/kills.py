"""Each process killed with -9 at each step, and what comes of the work it had."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import requests

from emotion_clf.jobs.queue import enqueue
from emotion_clf.pipeline.call_requests import CallRequest
from emotion_clf.pipeline.requests import steps_of
from scripts.browsing import running_app
from tests.fuzz.leftovers import command, descendants, files_in, settled
from tests.support.jobs import OWNER, site
from tests.support.sound import voice, wav

if TYPE_CHECKING:
    from tests.support.jobs import Site

_LONG_CALL_S: Final = 60.0
_WAIT_S: Final = 120.0


@dataclass
class Killed:
    """What came of killing one process at one moment.

    Attributes:
        process: which.
        moment: when.
        times: how often it was killed there.
        outcome: in words.
        is_well: whether that is what is promised.
    """

    process: str
    moment: str
    times: int
    outcome: str
    is_well: bool


def _call(found: Site, sound: bytes) -> str:
    import io

    job = found.jobs.create(CallRequest("call.wav"), owner=OWNER, upload=io.BytesIO(sound))
    enqueue(found.settings, job.id, job.request.kind)
    return str(job.id)


def worker_at_each_step(folder: Path, steps: tuple[str, ...] = steps_of("call")) -> list[Killed]:
    """Kill the worker in each step of a call, start another, and see the call analysed once."""
    sound = wav(voice(_LONG_CALL_S))
    with site(folder, [], MODEL="embedded", MODELS_DIR=str(_models()), TEXT_MODEL="") as found:
        return [_in_step(found, step, sound) for step in steps]


def _models() -> Path:
    from emotion_clf.settings import PROJECT_DIR

    return PROJECT_DIR / "ml_models" / "models"


def _in_step(found: Site, step: str, sound: bytes) -> Killed:
    job_id = _call(found, sound)
    worker = found.start()
    caught = _await_step(found, job_id, step)
    found.kill(worker)
    left = settled(lambda: [command(pid) for pid in descendants(worker.pid)])
    after = found.start()
    ended = _await_end(found, job_id)
    after.send_signal(signal.SIGTERM)
    after.wait(30)
    parts = [path for path in files_in(found.jobs.folder(job_id).path) if Path(path).name.startswith(".")]
    is_well = ended == "succeeded" and not left and not parts
    outcome = f"the next worker: {ended}" + (f"; left {left + parts}" if left or parts else ", nothing left")
    return Killed("worker", f"in step {step}" if caught else f"around step {step}", 1, outcome, is_well)


def _await_step(found: Site, job_id: str, step: str) -> bool:
    """Whether the step was met at work before it was over."""
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        states = {each.name: str(each.state) for each in found.jobs.get(job_id).steps}
        if states[step] == "running":
            return True
        if states[step] != "waiting":
            return False
        time.sleep(0.01)
    return False


def _await_end(found: Site, job_id: str) -> str:
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline and not found.jobs.get(job_id).state.ended:
        time.sleep(0.1)
    return str(found.jobs.get(job_id).state)


def web_process(folder: Path) -> list[Killed]:
    """Kill the process that answers, idle and in the middle of a clip: another one answers, and nothing is left."""
    scratch = folder / "tmp"
    scratch.mkdir(parents=True)
    clip = wav(voice(20.0))
    with running_app(folder, TMPDIR=str(scratch), WEB_WORKERS="1") as address:
        return [
            _web(address, scratch, "idle", None),
            _web(address, scratch, "while it hears a clip", clip),
        ]


def _web(address: str, scratch: Path, moment: str, clip: bytes | None) -> Killed:
    arbiter = next(pid for pid in descendants(os.getpid()) if "gunicorn" in command(pid))
    before = set(files_in(scratch))
    if clip is not None:
        _begin(address, clip)
    for pid in descendants(arbiter):
        if "gunicorn" in command(pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
    answers = _answers(address)
    left = settled(lambda: [name for name in files_in(scratch) if name not in before])
    outcome = "another process answers" if answers else "nobody answers"
    outcome += f"; left {left}" if left else ", nothing left"
    return Killed("web process", moment, 1, outcome, answers and not left)


def _begin(address: str, clip: bytes) -> None:
    """Send a clip without waiting for its answer."""
    import threading

    def send() -> None:
        with suppress(requests.RequestException):
            requests.post(f"{address}/api/v1/clips", files={"file": ("a.wav", clip)}, timeout=60)

    threading.Thread(target=send, daemon=True).start()
    time.sleep(0.3)


def _answers(address: str) -> bool:
    deadline = time.monotonic() + _WAIT_S
    while time.monotonic() < deadline:
        with suppress(requests.RequestException):
            if requests.get(f"{address}/health/ready", timeout=5).status_code == 200:
                return True
        time.sleep(0.3)
    return False
