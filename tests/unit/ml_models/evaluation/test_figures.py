from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from ml_models.evaluation import figures, metrics
from tests.unit.ml_models.evaluation.examples import LABELS, answers, curve, people

SVG = "{http://www.w3.org/2000/svg}"
CLIPS = people(6, 6)
TRUTH, CHANCES = answers(CLIPS, skill=1.0)
COUNTS = metrics.confusion(TRUTH, CHANCES.argmax(axis=1), 3).tolist()
Draw = Callable[[Path], tuple[Path, Path]]
DRAWINGS: dict[str, Draw] = {
    "confusion": lambda stem: figures.draw_confusion(COUNTS, LABELS, stem),
    "recalls": lambda stem: figures.draw_recalls({"angry": 0.5, "happy": 0.75}, stem),
    "reliability": lambda stem: figures.draw_reliability(metrics.reliability(CHANCES, TRUTH), stem),
    "risk_coverage": lambda stem: figures.draw_risk_coverage(metrics.risk_coverage(CHANCES, TRUTH), 0.5, stem),
    "robustness": lambda stem: figures.draw_robustness({"opus_16k": 0.4, "babble_0db": 0.3}, 0.5, stem),
    "training_curves": lambda stem: figures.draw_training_curves({"1": curve(1), "2": curve(2)}, stem),
}


def words(svg: Path) -> str:
    return " ".join("".join(text.itertext()) for text in ET.parse(svg).getroot().iter(f"{SVG}text"))  # noqa: S314


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_figure_is_the_same_bytes_twice_on_a_white_page(name: str, tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    paths = DRAWINGS[name](tmp_path / f"{name}_v1.0")
    assert [path.name for path in paths] == [f"{name}_v1.0.png", f"{name}_v1.0.svg"]
    again = DRAWINGS[name](tmp_path / "again" / f"{name}_v1.0")
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    assert imread(paths[0])[0, 0].tolist() == [1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("name", DRAWINGS)
def test_every_svg_can_be_read_out(name: str, tmp_path: Path) -> None:
    svg = DRAWINGS[name](tmp_path / name)[1]
    root = ET.parse(svg).getroot()  # noqa: S314
    assert root.get("role") == "img"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text
    assert title.text in words(svg)
    assert description is not None
    assert description.text
    assert "date" not in svg.read_text(encoding="utf-8")


def test_a_confusion_matrix_has_no_row_for_an_emotion_that_nobody_acted(tmp_path: Path) -> None:
    svg = figures.draw_confusion([[8, 0, 2], [0, 0, 0], [5, 0, 5]], LABELS, tmp_path / "confusion")[1]
    shown = words(svg).split()
    assert [shown.count(label) for label in LABELS] == [2, 1, 2]
    assert [shown.count(percent) for percent in ("80", "20", "50", "0")] == [1, 1, 2, 2]


def test_what_was_not_measured_is_not_drawn(tmp_path: Path) -> None:
    curves = {"1": [{"epoch": 1, "train_loss": 0.5, "validation_loss": None, "validation_ua": None}]}
    assert "validation UA" in words(figures.draw_training_curves(curves, tmp_path / "curves")[1])
    shown = words(figures.draw_risk_coverage(metrics.risk_coverage(CHANCES, TRUTH), None, tmp_path / "risk")[1])
    assert "uncertain" not in shown


def test_each_fold_has_its_lines_and_is_named_once(tmp_path: Path) -> None:
    shown = words(figures.draw_training_curves({str(fold): curve(fold) for fold in range(5)}, tmp_path / "curves")[1])
    assert shown.count("training") == 1


def test_conditions_are_drawn_by_their_titles_beside_the_clean_score(tmp_path: Path) -> None:
    shown = words(figures.draw_robustness({"opus_16k": 0.41, "babble_0db": 0.32}, 0.53, tmp_path / "robustness")[1])
    assert all(word in shown for word in ("Opus, 16 kbit/s", "babble, 0 dB", "0.41", "0.32", "undisturbed: 0.53"))


def test_empty_bins_of_confidence_are_left_out_of_the_curve(tmp_path: Path) -> None:
    bins = metrics.reliability(np.array([[0.95, 0.05]] * 4), np.array([0, 0, 0, 1]))
    description = ET.parse(figures.draw_reliability(bins, tmp_path / "bins")[1]).getroot().find(f"{SVG}desc")  # noqa: S314
    assert description is not None
    assert description.text == "confidence 0.95: 0.75 right."
