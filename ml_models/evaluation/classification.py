"""Precision, recall and F1 of each class, as values and as a plain-text table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ml_models.evaluation.metrics import weighted_accuracy

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Ints = npt.NDArray[np.integer]

MEASURES = ("precision", "recall", "f1")
COLUMN = 11


def per_class(counts: Ints, labels: Sequence[str]) -> dict[str, dict[str, float | int]]:
    """Score each class that occurs.

    Args:
        counts: (classes, classes) clips by true and predicted class.
        labels: names of the classes.

    Returns:
        Label to "precision", "recall" and "f1" in [0, 1], and "clips", how often it is true. A class that is never
        answered has a precision of zero; one that never occurs is left out.
    """
    counts = np.asarray(counts)
    found: dict[str, dict[str, float | int]] = {}
    for index, label in enumerate(labels):
        hits, clips, answers = (int(n) for n in (counts[index, index], counts[index].sum(), counts[:, index].sum()))
        if clips:
            found[label] = {
                "precision": hits / max(answers, 1),
                "recall": hits / clips,
                "f1": 2 * hits / (clips + answers),
                "clips": clips,
            }
    return found


def classification_report_text(counts: Ints, labels: Sequence[str]) -> str:
    """Write the scores of each class, their plain mean and their mean weighted by clips as a table.

    Args:
        counts: (classes, classes) clips by true and predicted class.
        labels: names of the classes.
    """
    counts = np.asarray(counts)
    classes = per_class(counts, labels)
    clips = [int(scores["clips"]) for scores in classes.values()]
    values = np.array([[scores[measure] for measure in MEASURES] for scores in classes.values()])
    width = max(map(len, (*classes, "weighted mean")))
    rows = [(label, *map(_three, row), f"{size:,}") for label, row, size in zip(classes, values, clips, strict=True)]
    total = f"{sum(clips):,}"
    summary = [
        ("accuracy", "", "", _three(weighted_accuracy(counts)), total),
        ("macro mean", *map(_three, values.mean(axis=0)), total),
        ("weighted mean", *map(_three, np.average(values, axis=0, weights=clips)), total),
    ]
    table = [("", *MEASURES, "clips"), None, *rows, None, *summary]
    return "\n".join(_line(row, width) for row in table) + "\n"


def _line(row: tuple[str, ...] | None, width: int) -> str:
    if row is None:
        return ""
    name, *cells = row
    return f"{name:<{width}}" + "".join(f"{cell:>{COLUMN}}" for cell in cells)


def _three(value: float) -> str:
    return f"{value:.3f}"
