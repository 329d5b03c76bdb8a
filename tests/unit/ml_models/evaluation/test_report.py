from __future__ import annotations

import json
from pathlib import Path

from ml_models.evaluation.report import rounded, write_report
from tests.unit.ml_models.evaluation.examples import bare_metrics, full_metrics


def test_a_full_report_has_every_figure_in_both_forms(tmp_path: Path) -> None:
    write_report(tmp_path / "run", full_metrics())
    names = {path.name for path in (tmp_path / "run").iterdir()}
    stems = {
        *(f"{figure}_{corpus}_six" for figure in ("confusion", "recalls") for corpus in ("ravdess", "emodb")),
        *(f"{figure}_six" for figure in ("reliability", "risk_coverage", "robustness", "training_curves")),
    }
    texts = {"classification_report_six_ravdess.txt", "classification_report_six_emodb.txt"}
    assert names == {"metrics.json", *texts, *(f"{stem}.{form}" for stem in stems for form in ("png", "svg"))}


def test_a_report_without_the_optional_parts_is_written_all_the_same(tmp_path: Path) -> None:
    metrics = bare_metrics()
    metrics["curves"] = {"six": {"1": []}}
    write_report(tmp_path, metrics)
    assert {path.suffix for path in tmp_path.iterdir()} == {".json", ".png", ".svg", ".txt"}
    assert not list(tmp_path.glob("training_curves*"))


def test_the_metrics_are_rounded_sorted_and_valid_json(tmp_path: Path) -> None:
    metrics = bare_metrics()
    metrics["label_sets"]["six"]["ece"] = float("nan")
    write_report(tmp_path, metrics)
    text = (tmp_path / "metrics.json").read_text(encoding="utf-8")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    content = json.loads(text, parse_constant=refuse)
    assert content["label_sets"]["six"]["ece"] is None
    assert text == json.dumps(content, indent=2, sort_keys=True) + "\n"
    assert content == rounded(content)


def test_numbers_are_rounded_to_six_decimals_and_tiny_ones_are_kept() -> None:
    assert rounded({"a": (0.12345678, 3, "x", True)}) == {"a": [0.123457, 3, "x", True]}
    assert rounded([2.3456e-7, 0.0, float("inf")]) == [2.35e-7, 0.0, None]
