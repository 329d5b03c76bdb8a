"""Every figure a process keeps, by name, with the labels it may have."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.monitoring.files import process_name

if TYPE_CHECKING:
    from pathlib import Path

PREFIX: Final = "emotion_clf"

_REQUEST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_STAGE_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
_JOB_S: Final = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0, 600.0, 1800.0, 7200.0)
_SHARES: Final = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


class Figures:
    """The figures of one process; make it after the last fork."""

    def __init__(self, where: Path, role: str) -> None:
        """Open this process's files.

        Args:
            where: the folder of all processes' files.
            role: what this process does, one of `ROLES`.
        """
        from prometheus_client import Counter, Gauge, Histogram, values

        # The library asks the environment for the folder, and for nothing else.
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(where)
        self._values = values.MultiProcessValue(lambda: process_name(role))  # type: ignore[no-untyped-call]
        values.ValueClass = self._values
        kept: dict[str, Any] = {"namespace": PREFIX, "registry": None}
        self.requests: Histogram = Histogram(
            "http_request_duration_seconds",
            "From the arrival of a request to the first byte of its answer.",
            ["method", "route", "status_class"],
            buckets=_REQUEST_S,
            **kept,
        )
        self.errors: Counter = Counter(
            "errors", "Refusals and failures by their code, told to somebody.", ["where", "code"], **kept
        )
        self.stages: Histogram = Histogram(
            "stage_duration_seconds",
            "Time at one stage of the work: decode, embed, classify, or text.",
            ["stage", "model"],
            buckets=_STAGE_S,
            **kept,
        )
        self.sound: Counter = Counter("sound_seconds", "Seconds of sound analysed.", ["kind"], **kept)
        self.confidence: Histogram = Histogram(
            "confidence", "How sure the model was of each answer.", ["kind", "model"], buckets=_SHARES, **kept
        )
        self.answers: Counter = Counter(
            "answers", "Answers by emotion.", ["kind", "model", "label", "uncertain"], **kept
        )
        self.jobs: Histogram = Histogram(
            "job_duration_seconds", "Time at work on a job, one attempt.", ["kind", "outcome"], buckets=_JOB_S, **kept
        )
        self.steps: Histogram = Histogram(
            "job_step_duration_seconds",
            "Time at work on one step of a job.",
            ["kind", "step", "outcome"],
            buckets=_JOB_S,
            **kept,
        )
        self.gpu_memory: Gauge = Gauge(
            "gpu_memory_bytes",
            "Memory that the models hold on a GPU.",
            ["device"],
            multiprocess_mode="livesum",
            **kept,
        )

    def close(self) -> None:
        """Let go of the files; nothing more can be noted."""
        self._values.close_all_files()
