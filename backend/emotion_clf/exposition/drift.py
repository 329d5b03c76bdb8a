"""How far the models' answers have moved from their training: compared when Prometheus asks, but not each time."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Final

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from emotion_clf.errors import StorageError
from emotion_clf.monitoring.figures import PREFIX
from emotion_clf.speech import ModelRegistry
from emotion_clf.storage import DriftWatch, ObservationStore
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client.core import Metric

    from emotion_clf.settings import Settings
    from emotion_clf.storage import Database, ModelDrift

DAYS: Final = 7
_KEPT_S: Final = 60.0


class DriftCollector(Collector):
    """The last seven days beside the references; a model that met too little has a count and no measure."""

    def __init__(self, settings: Settings, database: Database) -> None:
        observations = ObservationStore(database, settings)
        self._watch = DriftWatch(observations, ModelRegistry(settings), TextModelRegistry(settings))
        self._guard = threading.Lock()
        self._found: tuple[ModelDrift, ...] = ()
        self._until = 0.0

    def collect(self) -> Iterator[Metric]:
        """Tell what was found, at most a minute ago."""
        psi = _family("drift_psi", "Population stability index of seven days against the training.", "of")
        noise = _family("drift_psi_noise", "The index that chance alone stays below in 95 of 100 cases.", "of")
        divergence = _family("drift_jensen_shannon", "Jensen-Shannon divergence of the same, in [0, 1].", "of")
        answers = _family("drift_answers", "Answers of seven days that were compared, or are too few.")
        for found in self._report():
            if found.seen is not None:
                answers.add_metric([found.model, found.kind], found.seen.answers)
            for name, drift in ({} if found.measures is None else found.measures.named).items():
                labels = [found.model, found.kind, name]
                psi.add_metric(labels, drift.psi)
                noise.add_metric(labels, drift.noise)
                divergence.add_metric(labels, drift.jensen_shannon)
        yield from (psi, noise, divergence, answers)

    def describe(self) -> list[Metric]:
        """Nothing: the names are known once somebody asks."""
        return []

    def _report(self) -> tuple[ModelDrift, ...]:
        with self._guard:
            if time.monotonic() >= self._until:
                try:
                    self._found = self._watch.report(DAYS)
                except StorageError:  # `database_up` says so
                    self._found = ()
                self._until = time.monotonic() + _KEPT_S
            return self._found


def _family(name: str, says: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"{PREFIX}_{name}", says, labels=["model", "kind", *labels])
