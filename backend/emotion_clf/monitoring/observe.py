"""What the other rooms say of their work; labels come from the code and the bundles alone, never from a user."""

from __future__ import annotations

import logging
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from emotion_clf.monitoring import files, gpu
from emotion_clf.monitoring.figures import Figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from emotion_clf.settings import Settings

log = logging.getLogger(__name__)

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER: Final = "other"
NO_MODEL: Final = "none"

_kept: list[Figures] = []


def begin(settings: Settings, role: str) -> None:
    """Keep figures in this process from now on; call it after the last fork.

    Without room on the disk none are kept, and the log says so.
    """
    end()
    if not settings.metrics_port:
        return
    where = files.folder(settings)
    try:
        files.make_room(where, role)
        _kept.append(Figures(where, role))
    except OSError:
        log.exception("no figures are kept: there is no room for them in the instance folder")


def end() -> None:
    """Keep no figures any more; what was kept stays in its files."""
    for figures in _kept:
        figures.close()
    _kept.clear()


def request_answered(method: str, route: str | None, status: int, duration_s: float) -> None:
    """Note one request.

    Args:
        method: as it was sent; what is none of `METHODS` counts as another.
        route: the pattern of its address; None: it led nowhere.
        status: of the answer.
        duration_s: until its first byte, in seconds.
    """
    for figures in _kept:
        labels = (method if method in METHODS else OTHER, route or OTHER, f"{status // 100}xx")
        figures.requests.labels(*labels).observe(duration_s)


def failed(where: str, code: str) -> None:
    """Note an error that was told to somebody; `where` is `web` or `job`."""
    for figures in _kept:
        figures.errors.labels(where, code).inc()


@contextmanager
def clocked(stage: str, model: str = NO_MODEL) -> Iterator[None]:
    """Note how long the block takes, unless it fails."""
    started = time.perf_counter()
    yield
    for figures in _kept:
        figures.stages.labels(stage, model).observe(time.perf_counter() - started)
        for device, held in gpu.memory_bytes().items():
            figures.gpu_memory.labels(device).set(held)


def sound_analysed(kind: str, duration_s: float) -> None:
    """Note seconds of sound of which an answer came."""
    for figures in _kept:
        figures.sound.labels(kind).inc(duration_s)


def answered(kind: str, model: str, answers: Iterable[tuple[str, float, bool]]) -> None:
    """Note answers.

    Args:
        kind: of what: `clip`, `text`, or a kind of job.
        model: name of the bundle that gave them.
        answers: label, confidence in [0, 1], and whether it counts as uncertain.
    """
    for figures in _kept:
        confidences = figures.confidence.labels(kind, model)
        for label, confidence, uncertain in answers:
            confidences.observe(confidence)
            figures.answers.labels(kind, model, label, "yes" if uncertain else "no").inc()


def step_ended(kind: str, step: str, outcome: str, duration_s: float) -> None:
    """Note one step of a job."""
    for figures in _kept:
        figures.steps.labels(kind, step, outcome).observe(duration_s)


def job_ended(kind: str, outcome: str, duration_s: float) -> None:
    """Note one attempt at a job."""
    for figures in _kept:
        figures.jobs.labels(kind, outcome).observe(duration_s)
