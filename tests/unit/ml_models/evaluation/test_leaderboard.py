from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from emotion_clf.settings import PROJECT_DIR
from ml_models.commands.compare import compare
from ml_models.errors import TrainingDataError
from ml_models.evaluation.leaderboard import leaderboard
from ml_models.evaluation.predictions import write_answers
from ml_models.evaluation.report import write_report
from tests.unit.ml_models.evaluation.examples import bare_metrics, full_metrics
from tests.unit.ml_models.evaluation.test_predictions import run


def commit(reports: Path, name: str, metrics: dict[str, Any]) -> None:
    """Write a metrics file alone, without the figures that take their time."""
    (reports / name).mkdir(parents=True)
    (reports / name / "metrics.json").write_text(json.dumps(metrics))


def rows(page: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its header."""
    section = page[page.index(heading) :]
    table = re.search(r"(?:^\|.*\n?)+", section, re.MULTILINE)
    assert table is not None
    return [re.split(r"(?<!\\) \| ", line.strip("| ")) for line in table[0].splitlines()[2:]]


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    commit(tmp_path / "reports", "weak", bare_metrics(skill=0.2))
    commit(tmp_path / "reports", "strong", full_metrics(skill=2.0))
    return tmp_path / "reports"


def test_the_committed_page_is_what_the_committed_metrics_give() -> None:
    expected = leaderboard(PROJECT_DIR / "ml_models" / "reports")
    committed = (PROJECT_DIR / "docs" / "leaderboard.md").read_text(encoding="utf-8")
    assert committed == expected, "run `make leaderboard`"


def test_ravdess_stands_first_and_the_best_run_on_top(reports: Path) -> None:
    found = rows(leaderboard(reports), "## Six emotions: angry, happy, neutral")
    assert [(row[0].split("]")[0], row[1]) for row in found] == [
        ("[strong", "RAVDESS (speech)"),
        ("[weak", "RAVDESS (speech)"),
        ("[strong", "EmoDB"),
    ]


def test_a_row_tells_the_metrics_of_its_run(reports: Path) -> None:
    metrics = full_metrics(skill=2.0)
    scores = metrics["label_sets"]["six"]["corpora"]["ravdess"]
    (first, bare, _) = rows(leaderboard(reports), "## Six emotions")
    assert first[2:4] == ["36", "6"]
    assert [float(number) for number in re.findall(r"[\d.]+", first[4])] == pytest.approx(
        [scores["ua"], *scores["ua_interval"]], abs=5.1e-4
    )
    assert first[8:] == [
        "0.600",
        "0.813",
        "4.7 MB",
        "3.5 ms, 2 thread(s)",
        "4 of 100 epochs; random weights, not pre-trained",
    ]
    assert bare[8:12] == ["—"] * 4


def test_every_part_of_a_full_report_has_its_table(reports: Path) -> None:
    page = leaderboard(reports)
    assert rows(page, "### What a leak is worth")[0][3:] == ["0.813", "0.938"]
    assert rows(page, "### Adapted to the speaker") == [
        ["strong", "RAVDESS (speech)", "0.500", "0.510", "0.522", "0.600"]
    ]
    assert "| Unknown voice | 4 earlier | 16 earlier | All clips of the voice, balanced |" in page
    assert rows(page, "### Agreement with those who listened")[0][2] == "12"
    assert rows(page, "### Robustness") == [
        ["undisturbed", "0.600"],
        ["Opus, 16 kbit/s", "0.563"],
        ["babble, 0 dB", "0.313"],
    ]
    assert rows(page, "### Three-second windows")[0][2:] == ["0.610", "0.570", "0.620"]
    assert rows(page, '### When the answer is "uncertain"')[0][1:] == ["0.500", "0.800", "0.750", "0.700"]
    gaps = rows(page, "### Gaps between people")
    assert {tuple(row[:3]) for row in gaps} >= {("strong", "all", "language"), ("weak", "RAVDESS (speech)", "age")}
    assert re.fullmatch(r"de [^;]*; en [^;]*", next(row[3] for row in gaps if row[2] == "language"))


def test_a_bare_report_leaves_no_empty_table(tmp_path: Path) -> None:
    commit(tmp_path, "bare", bare_metrics())
    page = leaderboard(tmp_path)
    assert re.findall(r"^### (.*)$", page, re.MULTILINE) == [
        "Gaps between people: UA [95 %] (speakers)",
        "bare",
    ]


def test_figures_and_reports_are_linked_where_they_are(tmp_path: Path) -> None:
    write_report(tmp_path / "reports" / "bare", bare_metrics())
    page = leaderboard(tmp_path / "reports", links="reports")
    targets = re.findall(r"\]\(([^)]+)\)", page)
    assert "reports/bare/confusion_ravdess_six.svg" in targets
    assert "reports/bare/classification_report_six_ravdess.txt" in targets
    assert all((tmp_path / target).exists() for target in targets)


def test_yardsticks_stand_apart_with_their_source(tmp_path: Path) -> None:
    metrics = bare_metrics()
    metrics["label_sets"]["eight"] = metrics["label_sets"]["six"]
    commit(tmp_path, "bare", metrics)
    committed = (PROJECT_DIR / "ml_models" / "reports" / "yardsticks.yaml").read_text(encoding="utf-8")
    (tmp_path / "yardsticks.yaml").write_text(committed, encoding="utf-8")
    page = leaderboard(tmp_path)
    found = rows(page, "### Yardsticks from elsewhere")
    assert page.index("## Six emotions") < page.index("## Eight emotions") < page.index("### Yardsticks")
    assert all(row[-1].startswith(("published in ", "measured for this project")) for row in found)
    honest = [float(row[2]) for row in found if not row[5].endswith("(leaks)")]
    assert honest == sorted(honest, reverse=True)
    assert found[-1][5] == "random split of the clips (leaks)"


def test_yardsticks_with_an_unknown_key_are_refused(tmp_path: Path) -> None:
    commit(tmp_path, "bare", bare_metrics())
    (tmp_path / "yardsticks.yaml").write_text("- {name: x, guess: 0.9}\n")
    with pytest.raises(TrainingDataError, match="does not hold yardsticks"):
        leaderboard(tmp_path)


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 0, "label_sets": {}}', '{"six": {}}'])
def test_metrics_of_another_format_are_refused(content: str, tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "metrics.json").write_text(content)
    with pytest.raises(TrainingDataError, match="Train old again"):
        leaderboard(tmp_path)


def test_a_bar_in_a_note_does_not_break_the_table(tmp_path: Path) -> None:
    commit(tmp_path, "bare", bare_metrics() | {"notes": ["this | that"]})
    (row,) = rows(leaderboard(tmp_path), "## Six emotions")
    assert (len(row), row[-1]) == (13, r"this \| that")


def test_the_command_prints_or_writes_the_page(reports: Path, tmp_path: Path) -> None:
    printed = CliRunner().invoke(compare, ["--reports", str(reports)])
    assert printed.exit_code == 0
    assert printed.stdout == leaderboard(reports)
    page = tmp_path / "pages" / "deep" / "board.md"
    written = CliRunner().invoke(compare, ["--reports", str(reports), "--write", str(page)])
    assert written.exit_code == 0
    assert page.read_text(encoding="utf-8") == leaderboard(reports, links="../../reports")


def test_the_command_compares_two_runs(tmp_path: Path) -> None:
    for name, right in (("first", 4), ("second", 6)):
        write_answers(tmp_path / name, run(right))
    result = CliRunner().invoke(compare, [str(tmp_path / "first"), str(tmp_path / "second")])
    assert result.exit_code == 0
    assert "0.400, 0.600, +0.200 [+0.200, +0.200], more than chance" in result.stdout
    same = CliRunner().invoke(compare, [str(tmp_path / "first"), str(tmp_path / "first")])
    assert "chance" not in same.stdout


@pytest.mark.parametrize("arguments", [["one"], ["one", "two", "three"], ["one", "two", "--write", "x.md"]])
def test_the_command_says_how_it_is_used(arguments: list[str]) -> None:
    result = CliRunner().invoke(compare, arguments)
    assert result.exit_code == 2
    assert "two run folders" in result.stderr


def test_the_command_tells_a_fault_in_one_sentence(tmp_path: Path) -> None:
    for arguments in ([str(tmp_path), str(tmp_path)], ["--reports", str(tmp_path)]):
        result = CliRunner().invoke(compare, arguments)
        assert result.exit_code == 1
        assert result.stderr.startswith("Error: ")
        assert "Train" in result.stderr
