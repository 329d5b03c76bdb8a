"""The measures of text models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

_BINS: Final = 10
_DRAWS: Final = 500


def f1_of_labels(labels: npt.NDArray[Any], decided: npt.NDArray[Any]) -> npt.NDArray[np.floating[Any]]:
    """F1 of each label; 0 where it neither occurs nor is found.

    Args:
        labels: (n, k) of 0 and 1.
        decided: (n, k) of 0 and 1.
    """
    both = (labels.astype(bool) & decided.astype(bool)).sum(axis=0)
    either = labels.sum(axis=0) + decided.sum(axis=0)
    return np.asarray(2 * both / np.maximum(either, 1), dtype=np.float64)


def multi_label(
    labels: npt.NDArray[Any], decided: npt.NDArray[Any], names: Sequence[str], seed: int = 0
) -> dict[str, Any]:
    """Macro-F1 with its 95 % interval over texts, micro-F1 and the F1 of each label."""
    by_label = f1_of_labels(labels, decided)
    both = float((labels.astype(bool) & decided.astype(bool)).sum())
    generator = np.random.default_rng(seed)
    drawn = [
        float(f1_of_labels(labels[rows], decided[rows]).mean())
        for rows in (generator.integers(0, len(labels), len(labels)) for _ in range(_DRAWS))
    ]
    return {
        "macro_f1": _rounded(by_label.mean()),
        "macro_f1_interval": [_rounded(value) for value in np.quantile(drawn, (0.025, 0.975))],
        "micro_f1": _rounded(2 * both / max(float(labels.sum() + decided.sum()), 1.0)),
        "f1": {name: _rounded(value) for name, value in zip(names, by_label, strict=True)},
        "texts": len(labels),
    }


def one_label(
    classes: npt.NDArray[np.int64], probabilities: npt.NDArray[np.floating[Any]], names: Sequence[str]
) -> dict[str, Any]:
    """Accuracy, macro-F1, expected calibration error, recalls and the confusion table (truth by row)."""
    decided = probabilities.argmax(axis=1)
    count = len(names)
    table = np.zeros((count, count), dtype=np.int64)
    np.add.at(table, (classes, decided), 1)
    truth = np.eye(count)[classes]
    return {
        "accuracy": _rounded((decided == classes).mean()),
        "macro_f1": _rounded(f1_of_labels(truth, np.eye(count)[decided]).mean()),
        "ece": _rounded(calibration_error(probabilities, classes)),
        "recall": {name: _rounded(table[row, row] / max(table[row].sum(), 1)) for row, name in enumerate(names)},
        "confusion": table.tolist(),
        "texts": len(classes),
    }


def calibration_error(probabilities: npt.NDArray[np.floating[Any]], classes: npt.NDArray[np.int64]) -> float:
    """Expected gap between confidence and accuracy, in ten bins of equal width."""
    confidence = probabilities.max(axis=1)
    right = probabilities.argmax(axis=1) == classes
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = [
        (bins == number).mean() * abs(confidence[bins == number].mean() - right[bins == number].mean())
        for number in np.unique(bins)
    ]
    return float(sum(gaps))


def _rounded(value: float) -> float:
    return round(float(value), 4)
