"""The committed record of a run: its scores as JSON and its confusion matrices as figures."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

DECIMALS = 6
FIGURE_CORPUS = "ravdess"
DARK_PERCENT = 55


def write_report(folder: Path, metrics: dict[str, Any]) -> None:
    """Write `metrics.json` and one confusion matrix for each label set.

    Args:
        folder: where to write, created where needed.
        metrics: the scores of a run.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(rounded(metrics), indent=2, sort_keys=True)
    (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
    for name in ("six", "eight"):
        for corpus, scores in metrics[name]["corpora"].items():
            if corpus == FIGURE_CORPUS:
                draw_confusion(scores["confusion"], metrics[name]["labels"], folder / f"confusion_{corpus}_{name}.svg")


def rounded(value: Any) -> Any:
    """Round every number of nested plain values to six decimals."""
    if isinstance(value, float):
        return round(value, DECIMALS) if value == 0 or abs(value) >= 10.0**-DECIMALS else float(f"{value:.2e}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def draw_confusion(counts: list[list[int]], labels: list[str], path: Path) -> None:
    """Draw a confusion matrix: rows are what was acted, columns what was answered, in per cent of the row."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    totals = np.maximum(np.sum(counts, axis=1, keepdims=True), 1)
    percent = 100.0 * np.asarray(counts) / totals
    # A fixed salt and no date make the file the same for the same scores.
    with rc_context({"svg.hashsalt": "emotion-clf", "svg.fonttype": "none"}):
        figure = Figure(figsize=(1.5 + 0.7 * len(labels), 1.2 + 0.65 * len(labels)), layout="constrained")
        axes = figure.subplots()
        axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
        axes.set_yticks(range(len(labels)), labels)
        axes.set_xlabel("answered")
        axes.set_ylabel("acted")
        for row, column in np.ndindex(percent.shape):
            colour = "white" if percent[row, column] > DARK_PERCENT else "black"
            axes.text(column, row, f"{percent[row, column]:.0f}", ha="center", va="center", color=colour)
        figure.savefig(path, metadata={"Date": None})
