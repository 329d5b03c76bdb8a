"""What the installed models met, beside what they learnt from."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.bundles import reference_id
from emotion_clf.errors import ModelError
from emotion_clf.monitoring.drift import Drift, compare, mean_of
from emotion_clf.pipeline.observations import OBSERVED_KINDS, Subject

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from emotion_clf.bundles import Reference
    from emotion_clf.bundles.files import Manifest
    from emotion_clf.pipeline.observations import Counts, ObservedKind
    from emotion_clf.speech import ModelRegistry
    from emotion_clf.storage.observations import ObservationStore
    from emotion_clf.text.registry import TextModelRegistry

LEAST_ANSWERS: Final = 100
# The windows of a call have one voice, and the sentences of a text one writer: a few of them say little of all others.
LEAST_SOURCES: Final = 10
SOURCES: Final[dict[ObservedKind, str]] = {"clip": "clips", "call": "calls", "text": "texts"}
ANSWERS: Final[dict[ObservedKind, str]] = {"clip": "clips", "call": "windows", "text": "sentences"}


@dataclass(frozen=True, slots=True)
class Measures:
    """How far a model's answers have moved.

    Attributes:
        labels: which labels it answers.
        confidence: how sure it is.
        components: of the embeddings, in the order of the reference; none where it has none.
    """

    labels: Drift
    confidence: Drift
    components: tuple[Drift, ...]

    @property
    def embedding(self) -> Drift | None:
        """The mean of all components; None where there is none."""
        return mean_of(self.components) if self.components else None

    @property
    def named(self) -> dict[str, Drift]:
        """Each measure by the name it has in the metrics."""
        found = {"label": self.labels, "confidence": self.confidence}
        embedding = self.embedding
        return found if embedding is None else {"embedding": embedding, **found}


@dataclass(frozen=True, slots=True)
class ModelDrift:
    """One model and one kind of what it is asked.

    Attributes:
        kind: clips, windows of calls, or sentences.
        model: name of the bundle.
        version: its version.
        title: as people read it.
        reference: what it learnt from; None: it brings none, so that nothing is counted.
        seen: what it met; None: nothing yet.
        measures: None where that is not enough.
    """

    kind: ObservedKind
    model: str
    version: str
    title: str
    reference: Reference | None
    seen: Counts | None
    measures: Measures | None

    @property
    def missing(self) -> str:
        """What there is too little of, for people; empty where there is enough."""
        if self.reference is None:
            return "this model brings no reference"
        if self.seen is None:
            return "no data yet"
        if self.seen.answers < LEAST_ANSWERS:
            return f"not enough yet: {self.seen.answers} of {LEAST_ANSWERS} {ANSWERS[self.kind]}"
        if self.seen.sources < LEAST_SOURCES:
            return f"not enough yet: {self.seen.sources} of {LEAST_SOURCES} {SOURCES[self.kind]}"
        return ""

    def as_dict(self) -> dict[str, Any]:
        """The model's drift for programs."""
        measures = {} if self.measures is None else self.measures.named
        return {
            "kind": self.kind,
            "model": {"name": self.model, "version": self.version},
            "sources": 0 if self.seen is None else self.seen.sources,
            "answers": 0 if self.seen is None else self.seen.answers,
            "missing": self.missing or None,
            "drift": {name: drift.as_dict() for name, drift in measures.items()},
            "components": [drift.as_dict() for drift in self.measures.components] if self.measures else [],
        }


class DriftWatch:
    """Compares the counts of some days with the references of the installed models."""

    def __init__(self, store: ObservationStore, models: ModelRegistry, text_models: TextModelRegistry) -> None:
        self._store = store
        self._models = models
        self._text_models = text_models

    def report(self, days: int) -> tuple[ModelDrift, ...]:
        """Every installed model by kind, those first that were asked.

        Args:
            days: how many, today included, in UTC.

        Raises:
            StorageError: the database cannot be used.
        """
        seen = self._store.since(datetime.now(UTC).date() - timedelta(days=days - 1))
        found = [
            _model_drift(kind, manifest, reference, seen)
            for kind in OBSERVED_KINDS
            for manifest, reference in self._bundles(kind)
        ]
        return tuple(sorted(found, key=lambda drift: drift.seen is None))

    def _bundles(self, kind: ObservedKind) -> Iterator[tuple[Manifest, Reference | None]]:
        registry = self._text_models if kind == "text" else self._models
        for manifest in registry.manifests():
            try:
                yield manifest, registry.reference(manifest.name)
            except ModelError:  # `doctor` and the models page say what is wrong with it
                continue


def label_counts(reference: Reference, seen: Counts) -> tuple[tuple[str, ...], list[int], list[int]]:
    """The labels, and how often each is in the reference and in what was seen."""
    counted = Counter(seen.labels)
    names = tuple(reference.labels)
    return names, [reference.labels[name] for name in names], [counted[name] for name in names]


def _model_drift(
    kind: ObservedKind, manifest: Manifest, reference: Reference | None, seen: dict[Subject, Counts]
) -> ModelDrift:
    counts = None
    if reference is not None:
        counts = seen.get(Subject(kind, manifest.name, manifest.version, reference_id(manifest)))
    enough = counts is not None and counts.answers >= LEAST_ANSWERS and counts.sources >= LEAST_SOURCES
    measures = _measures(reference, counts) if reference is not None and counts is not None and enough else None
    return ModelDrift(kind, manifest.name, manifest.version, manifest.title, reference, counts, measures)


def _measures(reference: Reference, seen: Counts) -> Measures:
    _, expected, observed = label_counts(reference, seen)
    return Measures(
        labels=compare(expected, observed),
        confidence=compare(reference.confidence.counts, seen.confidence),
        components=_compared(reference, seen.components),
    )


def _compared(reference: Reference, seen: Sequence[Sequence[int]]) -> tuple[Drift, ...]:
    return tuple(compare(binned.counts, counts) for binned, counts in zip(reference.components, seen, strict=True))
