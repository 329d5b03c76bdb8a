"""The committed record of a run: its scores as JSON, its figures and its classification reports."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from ml_models.evaluation import figures
from ml_models.evaluation.classification import classification_report_text

if TYPE_CHECKING:
    from pathlib import Path

DECIMALS = 6


def write_report(folder: Path, metrics: dict[str, Any]) -> None:
    """Write `metrics.json`, every figure its content allows, and a classification report of every corpus.

    Args:
        folder: where to write, created where needed.
        metrics: the scores of a run, as docs/leaderboard.md is made of them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = rounded(metrics)
    text = json.dumps(content, indent=2, sort_keys=True, allow_nan=False)
    (folder / "metrics.json").write_text(text + "\n", encoding="utf-8")
    for name, scores in content["label_sets"].items():
        for corpus, found in scores["corpora"].items():
            _write_corpus(folder, name, scores["labels"], corpus, found)
        _draw_label_set(folder, name, scores)
    for name, curves in content.get("curves", {}).items():
        measured = {fold: records for fold, records in curves.items() if records}
        if measured:
            figures.draw_training_curves(measured, folder / f"training_curves_{name}")


def rounded(value: Any) -> Any:
    """Round every number of nested plain values to six decimals; what is not a number becomes None."""
    if isinstance(value, float):
        return _rounded_number(value)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value


def _rounded_number(value: float) -> float | None:
    if not math.isfinite(value):
        return None
    return round(value, DECIMALS) if value == 0 or abs(value) >= 10.0**-DECIMALS else float(f"{value:.2e}")


def _write_corpus(folder: Path, name: str, labels: list[str], corpus: str, scores: dict[str, Any]) -> None:
    if "confusion" in scores:
        figures.draw_confusion(scores["confusion"], labels, folder / f"confusion_{corpus}_{name}")
        text = classification_report_text(np.array(scores["confusion"]), labels)
        (folder / f"classification_report_{name}_{corpus}.txt").write_text(text, encoding="utf-8")
    if "per_class" in scores:
        recalls = {label: found["recall"] for label, found in scores["per_class"].items()}
        figures.draw_recalls(recalls, folder / f"recalls_{corpus}_{name}")


def _draw_label_set(folder: Path, name: str, scores: dict[str, Any]) -> None:
    if "reliability" in scores:
        figures.draw_reliability(scores["reliability"], folder / f"reliability_{name}")
    if "risk_coverage" in scores:
        threshold = scores.get("uncertain", {}).get("threshold")
        figures.draw_risk_coverage(scores["risk_coverage"], threshold, folder / f"risk_coverage_{name}")
    if "robustness" in scores:
        found = scores["robustness"]
        figures.draw_robustness(found["conditions"], found["clean"], folder / f"robustness_{name}")
