"""The figures of a report, each as PNG and as SVG, the same bytes for the same scores.

All are drawn on white, so that they can be read on light and on dark pages, in colours that the colour-blind can tell
apart (Okabe and Ito), and carry a title and a description for those who cannot see them.
"""

from __future__ import annotations

import html
import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.evaluation.robustness import CONDITIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from ml_models.evaluation.metrics import CoveragePoint, ReliabilityBin

BLUE, ORANGE, GREY = "#0072B2", "#D55E00", "#595959"
DARK_PERCENT = 55
PIXELS_PER_INCH = 120


def draw_confusion(counts: Sequence[Sequence[int]], labels: Sequence[str], stem: Path) -> tuple[Path, Path]:
    """Draw a confusion matrix: rows are what was acted, columns what was answered, in per cent of the row.

    Args:
        counts: (classes, classes) clips by true and predicted class; classes that nobody acted get no row.
        labels: names of the classes.
        stem: where to write, without suffix.

    Returns:
        The paths of the PNG and of the SVG, as for every figure here.
    """
    totals = np.sum(counts, axis=1)
    acted = np.flatnonzero(totals)
    percent = 100.0 * np.asarray(counts)[acted] / totals[acted, None]
    rows = [labels[index] for index in acted.tolist()]

    def draw(axes: Axes) -> None:
        axes.imshow(percent, cmap="Blues", vmin=0, vmax=100)
        axes.set_xticks(range(len(labels)), labels, rotation=45, ha="right")
        axes.set_yticks(range(len(rows)), rows)
        axes.set_xlabel("answered")
        axes.set_ylabel("acted")
        for row, column in np.ndindex(percent.shape):
            colour = "white" if percent[row, column] > DARK_PERCENT else "black"
            axes.text(column, row, f"{percent[row, column]:.0f}", ha="center", va="center", color=colour)

    right = ", ".join(f"{label} {percent[row, acted[row]]:.0f} %" for row, label in enumerate(rows))
    size = (1.5 + 0.7 * len(labels), 1.2 + 0.65 * len(rows))
    return _single(draw, stem, "Confusion matrix, per cent of the acted emotion", f"Answered rightly: {right}.", size)


def draw_recalls(recalls: Mapping[str, float], stem: Path) -> tuple[Path, Path]:
    """Draw the recall of each class as bars, the best on top.

    Args:
        recalls: label to recall in [0, 1].
        stem: where to write, without suffix.
    """
    ranked = dict(sorted(recalls.items(), key=lambda item: item[1]))

    def draw(axes: Axes) -> None:
        _bars(axes, ranked)
        axes.set_xlabel("recall")

    return _single(draw, stem, "Recall by emotion", _listed(ranked), (6.0, 1.0 + 0.35 * len(ranked)))


def draw_robustness(conditions: Mapping[str, float], clean: float, stem: Path) -> tuple[Path, Path]:
    """Draw the UA under each condition as bars beside the UA of undisturbed sound.

    Args:
        conditions: name of the condition to UA in [0, 1].
        clean: UA of undisturbed sound.
        stem: where to write, without suffix.
    """
    known = [name for name in CONDITIONS if name in conditions]
    named = {CONDITIONS[name].title: conditions[name] for name in reversed(known)}

    def draw(axes: Axes) -> None:
        _bars(axes, named)
        axes.axvline(clean, color=ORANGE, linestyle="--", label=f"undisturbed: {clean:.2f}")
        axes.set_xlabel("UA")
        axes.figure.legend(loc="outside upper right", frameon=False)

    told = f"Undisturbed: {clean:.2f}; {_listed(named)}"
    return _single(draw, stem, "UA under disturbance", told, (6.0, 1.5 + 0.35 * len(named)))


def draw_reliability(bins: Sequence[ReliabilityBin], stem: Path) -> tuple[Path, Path]:
    """Draw accuracy against confidence; on the diagonal, confidence means what it says.

    Args:
        bins: as `metrics.reliability` gives them.
        stem: where to write, without suffix.
    """
    from matplotlib.ticker import MaxNLocator

    filled = [found for found in bins if found["clips"]]
    confidence = np.array([found["confidence"] for found in filled], dtype=float)
    accuracy = np.array([found["accuracy"] for found in filled], dtype=float)

    def draw(figure: Figure) -> None:
        above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
        above.plot((0, 1), (0, 1), color=GREY, linestyle="--", label="ideal")
        above.plot(confidence, accuracy, color=BLUE, marker="o", label="measured")
        above.set_ylabel("share that is right")
        above.set_ylim(0, 1)
        above.legend(frameon=False)
        low = [found["low"] for found in filled]
        width = [found["high"] - found["low"] for found in filled]
        below.bar(low, [found["clips"] for found in filled], width=width, align="edge", color=BLUE, edgecolor="white")
        below.set_xlabel("confidence")
        below.set_ylabel("clips")
        below.set_xlim(0, 1)
        below.yaxis.set_major_locator(MaxNLocator(4, integer=True))

    pairs = zip(confidence, accuracy, strict=True)
    told = "; ".join(f"confidence {sure:.2f}: {right:.2f} right" for sure, right in pairs)
    return _written(draw, stem, "Reliability of the confidence", f"{told}.", (5.0, 5.5))


def draw_risk_coverage(points: Sequence[CoveragePoint], threshold: float | None, stem: Path) -> tuple[Path, Path]:
    """Draw the share of right answers against the share of clips that are answered.

    Args:
        points: as `metrics.risk_coverage` gives them.
        threshold: confidence below which the answer is "uncertain"; None where none was chosen.
        stem: where to write, without suffix.
    """
    coverage = [point["coverage"] for point in points]
    accuracy = [point["accuracy"] for point in points]

    def draw(axes: Axes) -> None:
        axes.plot(coverage, accuracy, color=BLUE)
        if threshold is not None:
            chosen = min(points, key=lambda point: abs(point["threshold"] - threshold))
            mark = f'"uncertain" below a confidence of {threshold:.2f}'
            axes.plot(chosen["coverage"], chosen["accuracy"], "o", color=ORANGE, label=mark)
            axes.legend(frameon=False)
        axes.set_xlabel("share of clips answered")
        axes.set_ylabel("share of answers that are right")
        axes.set_xlim(0, 1.02)
        axes.grid(alpha=0.3)

    told = f"With all clips answered, {accuracy[-1]:.2f} of the answers are right; with {coverage[0]:.2f}, "
    return _single(draw, stem, "Accuracy of the answers given", f"{told}{accuracy[0]:.2f}.", (6.0, 4.0))


def draw_training_curves(curves: Mapping[str, Sequence[Mapping[str, Any]]], stem: Path) -> tuple[Path, Path]:
    """Draw the loss and the validation UA by epoch, one thin line for each fold.

    Args:
        curves: number of the fold to the epochs' "epoch", "train_loss", "validation_loss" and "validation_ua"; what
            is None was not measured.
        stem: where to write, without suffix.
    """
    from matplotlib.ticker import MaxNLocator

    panels = (
        ("loss", (("train_loss", BLUE, "training"), ("validation_loss", ORANGE, "validation"))),
        ("validation UA", (("validation_ua", ORANGE, "validation"),)),
    )

    def draw(figure: Figure) -> None:
        for axes, (name, lines) in zip(figure.subplots(1, 2), panels, strict=True):
            for key, colour, label in lines:
                _lines(axes, curves, key, colour, label)
            axes.set_xlabel("epoch")
            axes.set_ylabel(name)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True))
            if axes.lines:
                axes.legend(frameon=False)

    epochs = max(len(records) for records in curves.values())
    told = f"Loss and validation UA of {len(curves)} fold(s) over up to {epochs} epoch(s)."
    return _written(draw, stem, "Training curves", told, (9.0, 3.8))


def _lines(axes: Axes, curves: Mapping[str, Sequence[Mapping[str, Any]]], key: str, colour: str, label: str) -> None:
    """Draw one quantity of every fold where it was measured, named once."""
    for records in curves.values():
        measured = [record for record in records if record.get(key) is not None]
        if measured:
            epochs, values = zip(*((record["epoch"], record[key]) for record in measured), strict=True)
            # A fold of one epoch has no line to be seen by.
            marker = "." if len(measured) == 1 else ""
            axes.plot(epochs, values, color=colour, linewidth=0.9, alpha=0.8, marker=marker, label=label)
            label = "_nolegend_"


def _bars(axes: Axes, values: Mapping[str, float]) -> None:
    """Draw bars with their values in a column of its own, where no line crosses them."""
    axes.barh(list(values), list(values.values()), color=BLUE)
    for row, value in enumerate(values.values()):
        axes.text(1.02, row, f"{value:.2f}", va="center")
    axes.set_xlim(0, 1)
    axes.spines[["top", "right"]].set_visible(False)


def _listed(values: Mapping[str, float]) -> str:
    return "; ".join(f"{name}: {value:.2f}" for name, value in reversed(list(values.items()))) + "."


def _single(
    draw: Callable[[Axes], None], stem: Path, title: str, description: str, size: tuple[float, float]
) -> tuple[Path, Path]:
    """Write a figure of one panel."""
    return _written(lambda figure: draw(figure.subplots()), stem, title, description, size)


def _written(
    draw: Callable[[Figure], None], stem: Path, title: str, description: str, size: tuple[float, float]
) -> tuple[Path, Path]:
    """Draw on a white page and write it as PNG and SVG, without date, version or chance."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    png, svg = stem.with_name(f"{stem.name}.png"), stem.with_name(f"{stem.name}.svg")
    with rc_context({"svg.hashsalt": "emotion-clf", "svg.fonttype": "none", "font.size": 10.0}):
        figure = Figure(figsize=size, layout="constrained", facecolor="white")
        draw(figure)
        figure.suptitle(title, fontsize=11)
        figure.savefig(
            png, dpi=PIXELS_PER_INCH, metadata={"Software": None, "Title": title, "Description": description}
        )
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    svg.write_text(_described(text.getvalue(), title, description), encoding="utf-8")
    return png, svg


def _described(svg: str, title: str, description: str) -> str:
    """Give an SVG the words that a screen reader says."""
    told = f"<title>{html.escape(title)}</title>\n <desc>{html.escape(description)}</desc>"
    described = re.sub(r"<svg ([^>]*)>", lambda tag: f'<svg role="img" {tag[1]}>\n {told}', svg, count=1)
    return "\n".join(line.rstrip() for line in described.splitlines()) + "\n"
