"""What is not counted but looked up when somebody asks: the queue, the disk, the processes, the build."""

from __future__ import annotations

import logging
import platform
import shutil
from collections import defaultdict
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from prometheus_client import ProcessCollector
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from emotion_clf.errors import StorageError
from emotion_clf.monitoring import files
from emotion_clf.monitoring.figures import PREFIX
from emotion_clf.storage.queue_figures import queue_figures

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric

    from emotion_clf.settings import Settings
    from emotion_clf.storage import Database

log = logging.getLogger(__name__)

# The library's figures of one process → ours, summed over the processes of a role.
_OF_A_PROCESS: Final = {
    "process_resident_memory_bytes": ("resident_memory_bytes", "Memory the processes of a role hold."),
    "process_cpu_seconds": ("cpu_seconds", "Processor time the living processes of a role have used."),
    "process_open_fds": ("open_files", "Files and connections the processes of a role have open."),
}


class SiteCollector(Collector):
    """The state of the site at the moment of asking."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database

    def collect(self) -> Iterator[Metric]:
        """Look everything up."""
        yield from _build()
        yield from self._queue()
        yield from self._disk()
        yield from self._processes()

    def describe(self) -> list[Metric]:
        """Nothing: the names are known once somebody asks."""
        return []

    def _queue(self) -> Iterator[Metric]:
        waiting = _family("jobs_waiting", "Jobs that wait for a worker.", "kind")
        running = _family("jobs_running", "Jobs at work.", "kind")
        oldest = _family("jobs_oldest_wait_seconds", "For how long the first of the waiting jobs has waited.", "kind")
        answers = _family("database_up", "Whether the database answers.")
        try:
            for figures in queue_figures(self._database):
                waiting.add_metric([figures.kind], figures.waiting)
                running.add_metric([figures.kind], figures.running)
                oldest.add_metric([figures.kind], figures.oldest_wait_s)
            answers.add_metric([], 1)
        except StorageError:
            answers.add_metric([], 0)
        yield from (waiting, running, oldest, answers)

    def _disk(self) -> Iterator[Metric]:
        free = _family("disk_free_bytes", "Free space in the instance folder.")
        least = _family("disk_least_bytes", "Free space below which the server is not ready.")
        least.add_metric([], self._settings.disk_least_bytes)
        try:
            free.add_metric([], shutil.disk_usage(self._settings.instance_dir).free)
        except OSError:
            log.exception("the instance folder cannot be looked at")
        yield from (free, least)

    def _processes(self) -> Iterator[Metric]:
        """Sums over the living processes of this machine that keep figures."""
        pids = self._pids()
        count = _family("processes", "Living processes on this machine.", "role")
        sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for role, found in pids.items():
            count.add_metric([role], len(found))
            for pid in found:
                for name, value in _of_process(pid):
                    sums[name][role] += value
        yield count
        for name, (short, says) in _OF_A_PROCESS.items():
            family = _family(f"process_{short}", says, "role")
            for role, value in sums[name].items():
                family.add_metric([role], value)
            yield family

    def _pids(self) -> dict[str, set[int]]:
        """The processes of each role; a role whose processes run in another container is left out."""
        found = [file for file in files.files(files.folder(self._settings)) if file.alive]
        elsewhere = {file.role for file in found if not file.here}
        pids = {role: {file.pid for file in found if file.here and file.role == role} for role in files.ROLES}
        return {role: those for role, those in pids.items() if those or role not in elsewhere}


def _build() -> Iterator[Metric]:
    build = _family("build_info", "What runs here; always 1.", "version", "python")
    build.add_metric([version("emotion-clf"), platform.python_version()], 1)
    yield build


def _of_process(pid: int) -> Iterator[tuple[str, float]]:
    """What the kernel tells of one process; nothing of one that has just gone."""
    for family in ProcessCollector(pid=_number(pid), registry=None).collect():
        if family.name in _OF_A_PROCESS:
            yield family.name, family.samples[0].value


def _number(pid: int) -> Callable[[], int]:
    return lambda: pid


def _family(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", says, labels=labels)
