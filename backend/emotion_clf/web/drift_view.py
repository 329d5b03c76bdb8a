"""A model's drift → what the page shows of it: words, and tables whose rows have bars."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from emotion_clf.monitoring.drift import Verdict
from emotion_clf.storage.drift import label_counts
from emotion_clf.web.presentation import look_of
from emotion_clf.web.sentences import text_look

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.bundles import Binned, Reference
    from emotion_clf.monitoring.drift import Drift
    from emotion_clf.pipeline.observations import Counts
    from emotion_clf.storage import ModelDrift

SHOWN_COMPONENTS: Final = 3


@dataclass(frozen=True, slots=True)
class VerdictLook:
    """A verdict's face; the word always stands beside the colour."""

    word: str
    icon: str
    style: str


VERDICTS: Final = {
    Verdict.STEADY: VerdictLook("as in training", "check-circle", "state-succeeded"),
    Verdict.MOVED: VerdictLook("has moved", "info-circle", "state-running"),
    Verdict.DRIFTED: VerdictLook("has drifted", "exclamation-triangle", "state-failed"),
}
MEASURES: Final = {"embedding": "The sound itself (embeddings)", "label": "Which emotions", "confidence": "How sure"}
MEANINGS: Final = {
    "embedding": "Other voices, rooms, microphones or languages arrive than the model learnt from. Its answers may be "
    "worse without being less sure: have somebody listen to a few, and look at the feedback. Voices it has never "
    "heard may move this by themselves.",
    "label": "Other emotions are answered than to the held-out clips or texts. The corpora are acted or chosen, so "
    "this may be true of what people send; if feedback says otherwise, the model leans to one answer.",
    "confidence": "The model is surer or less sure than it was of held-out answers, so its calibration may not hold: "
    "read its percentages with care.",
}


@dataclass(frozen=True, slots=True)
class Row:
    """One bin, in per cent of the reference and of what was seen."""

    word: str
    before: float
    seen: float


@dataclass(frozen=True, slots=True)
class Table:
    """One quantity, bin by bin.

    Attributes:
        title: what it is.
        unit: what a row is.
        drift: how far it has moved.
        rows: the bins, in order.
    """

    title: str
    unit: str
    drift: Drift
    rows: tuple[Row, ...]

    @property
    def widest(self) -> float:
        """The longest bar, in per cent."""
        return max(max(row.before, row.seen) for row in self.rows) or 1.0


def tables(found: ModelDrift) -> tuple[Table, ...]:
    """The labels, the confidence, and those components that moved most."""
    if found.measures is None or found.reference is None or found.seen is None:
        return ()
    return (
        _labels(found.kind, found.reference, found.seen, found.measures.labels),
        Table(
            "How sure",
            "Confidence",
            found.measures.confidence,
            _rows(_percent_bins(found.reference.confidence), found.reference.confidence.counts, found.seen.confidence),
        ),
        *_components(found.reference, found.seen, found.measures.components),
    )


def _labels(kind: str, reference: Reference, seen: Counts, drift: Drift) -> Table:
    names, before, after = label_counts(reference, seen)
    look = text_look if kind == "text" else look_of
    return Table("Which emotions", "Emotion", drift, _rows([look(name).word for name in names], before, after))


def _components(reference: Reference, seen: Counts, drifts: Sequence[Drift]) -> list[Table]:
    moved = sorted(range(len(drifts)), key=lambda number: -drifts[number].psi)[:SHOWN_COMPONENTS]
    return [
        Table(
            f"Component {number + 1} of the embeddings",
            "Value",
            drifts[number],
            _rows(_bins(reference.components[number]), reference.components[number].counts, seen.components[number]),
        )
        for number in moved
    ]


def _rows(words: Sequence[str], before: Sequence[int], seen: Sequence[int]) -> tuple[Row, ...]:
    all_before, all_seen = sum(before), sum(seen)
    return tuple(
        Row(word, round(100 * old / all_before, 1), round(100 * new / all_seen, 1))
        for word, old, new in zip(words, before, seen, strict=True)
    )


def _percent_bins(binned: Binned) -> list[str]:
    return _named([f"{100 * edge:.0f} %" for edge in binned.edges])


def _bins(binned: Binned) -> list[str]:
    return _named([f"{edge:.1f}".replace("-", "\N{MINUS SIGN}") for edge in binned.edges])


def _named(edges: Sequence[str]) -> list[str]:
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"below {edges[0]}", *between, f"{edges[-1]} and above"] if edges else ["any"]
