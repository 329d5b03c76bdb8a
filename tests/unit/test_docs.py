"""The documentation says what the code and the measurements say."""

from __future__ import annotations

import json
import re
import runpy

import pytest

from emotion_clf.settings import PROJECT_DIR
from scripts.reliability import told

MAKE_DOCS = runpy.run_path(str(PROJECT_DIR / "scripts" / "make_docs.py"))
README = (PROJECT_DIR / "README.md").read_text(encoding="utf-8")


def test_the_table_of_settings_is_current() -> None:
    assert (PROJECT_DIR / "docs" / "configuration.md").read_text(encoding="utf-8") == MAKE_DOCS["configuration"]()


def test_the_scores_of_the_readme_are_those_of_the_report() -> None:
    metrics = json.loads((PROJECT_DIR / "ml_models/reports/embedded/metrics.json").read_text(encoding="utf-8"))
    assert MAKE_DOCS["fill"](README, "scores", MAKE_DOCS["scores"](metrics)) == README
    assert README.count("| **0.") == len(metrics["label_sets"]["six"]["corpora"])
    assert README.index("What to expect") < README.index("Held-out speakers")


def test_the_text_scores_of_the_readme_are_those_of_the_report() -> None:
    metrics = json.loads((PROJECT_DIR / MAKE_DOCS["TEXT_METRICS"]).read_text(encoding="utf-8"))
    measured = json.loads((PROJECT_DIR / "benchmarks/results/text.json").read_text(encoding="utf-8"))
    assert MAKE_DOCS["fill"](README, "text", MAKE_DOCS["text_scores"](metrics, measured)) == README


def test_the_speed_of_the_readme_is_the_measured_one() -> None:
    measured = json.loads((PROJECT_DIR / "benchmarks/results/clips.json").read_text(encoding="utf-8"))
    assert MAKE_DOCS["fill"](README, "speed", MAKE_DOCS["speed"](measured)) == README


def test_the_figures_of_live_listening_and_of_explanations_are_the_measured_ones() -> None:
    page = (PROJECT_DIR / "docs" / "live.md").read_text(encoding="utf-8")
    for name, write in (("live", "live_speed"), ("why", "faithfulness")):
        measured = json.loads((PROJECT_DIR / f"benchmarks/results/{name}.json").read_text(encoding="utf-8"))
        assert MAKE_DOCS["fill"](page, name, MAKE_DOCS[write](measured)) == page


def test_the_figures_of_calls_are_the_measured_ones() -> None:
    calls, live, scoring = (
        json.loads((PROJECT_DIR / f"benchmarks/results/{name}.json").read_text(encoding="utf-8"))
        for name in ("calls", "live", "scoring")
    )
    assert MAKE_DOCS["fill"](README, "calls", MAKE_DOCS["calls_speed"](calls, live)) == README
    page = (PROJECT_DIR / "docs" / "scoring.md").read_text(encoding="utf-8")
    assert MAKE_DOCS["fill"](page, "true scores", MAKE_DOCS["true_scores"](scoring)) == page


def test_the_figures_of_drift_are_the_measured_ones() -> None:
    page = (PROJECT_DIR / "docs" / "drift.md").read_text(encoding="utf-8")
    measured = json.loads((PROJECT_DIR / "benchmarks/results/drift.json").read_text(encoding="utf-8"))
    assert MAKE_DOCS["fill"](page, "drift", MAKE_DOCS["drift_told"](measured)) == page


def test_the_figures_of_load_are_the_measured_ones() -> None:
    page = (PROJECT_DIR / "docs" / "operators.md").read_text(encoding="utf-8")
    measured = json.loads((PROJECT_DIR / "benchmarks/results/load.json").read_text(encoding="utf-8"))
    assert MAKE_DOCS["fill"](page, "load", MAKE_DOCS["load_told"](measured)) == page


def test_every_link_of_the_documentation_leads_somewhere() -> None:
    for page in (*PROJECT_DIR.glob("*.md"), *(PROJECT_DIR / "docs").rglob("*.md")):
        for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_make_target_named_in_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z0-9-]+):", (PROJECT_DIR / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z][a-z0-9-]+)", README, re.MULTILINE)) <= targets


@pytest.mark.parametrize("name", ["fuzz", "faults", "soak"])
def test_what_was_tried_is_told_as_it_was_measured(name: str) -> None:
    page = (PROJECT_DIR / "docs" / "reliability.md").read_text(encoding="utf-8")
    assert MAKE_DOCS["fill"](page, name, told(name)) == page
