"""A run replaces the published model only if it is better: on real held-out answers, made better and worse."""

from __future__ import annotations

import random
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from emotion_clf.settings import PROJECT_DIR
from ml_models.commands.publish import NOT_BETTER, publish
from ml_models.evaluation.predictions import read_answers, write_answers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from ml_models.evaluation.predictions import HeldOutAnswer

PUBLISHED = PROJECT_DIR / "ml_models" / "reports" / "embedded"
BUNDLE = PROJECT_DIR / "ml_models" / "models" / "embedded"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A folder with the published model, its scores, and a run that is the same."""
    shutil.copytree(BUNDLE, tmp_path / "models" / "embedded")
    shutil.copytree(BUNDLE, tmp_path / "run" / "bundles" / "embedded")
    for folder in (tmp_path / "reports" / "embedded", tmp_path / "run"):
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("metrics.json", "held_out.csv"):
            shutil.copyfile(PUBLISHED / name, folder / name)
    return tmp_path


def change(house: Path, share: float, how: Callable[[HeldOutAnswer], HeldOutAnswer], *, corpus: str = "") -> None:
    """Answer a share of the clips otherwise."""
    chosen = random.Random(0)
    answers = read_answers(house / "run")
    write_answers(
        house / "run",
        (how(answer) if answer.corpus.startswith(corpus) and chosen.random() < share else answer for answer in answers),
    )


def right(answer: HeldOutAnswer) -> HeldOutAnswer:
    return replace(answer, predicted=answer.truth)


def wrong(answer: HeldOutAnswer) -> HeldOutAnswer:
    return replace(answer, predicted="sad" if answer.truth != "sad" else "angry")


def ask(house: Path, *words: str) -> Result:
    folders = ("--models", house / "models", "--reports", house / "reports")
    arguments = [str(word) for word in (house / "run", *folders, *words)]
    return CliRunner().invoke(publish, arguments, catch_exceptions=False)


def mark(house: Path) -> bool:
    """Whether the published model is still the one that was marked before."""
    return (house / "models" / "embedded" / "mark").exists()


@pytest.fixture
def marked(house: Path) -> Path:
    (house / "models" / "embedded" / "mark").touch()
    return house


def test_a_better_run_replaces_the_published_one_and_its_scores(marked: Path) -> None:
    change(marked, 0.2, right)
    found = ask(marked, "--if-better")
    assert found.exit_code == 0, found.output
    assert "above that of the published one" in found.output
    assert not mark(marked)
    assert read_answers(marked / "reports" / "embedded") == read_answers(marked / "run")


def test_the_same_run_again_is_not_better(marked: Path) -> None:
    found = ask(marked, "--if-better")
    assert found.exit_code == NOT_BETTER
    assert "not above" in found.output
    assert mark(marked)


def test_a_worse_run_is_kept_back(marked: Path) -> None:
    change(marked, 0.1, wrong)
    assert ask(marked, "--if-better").exit_code == NOT_BETTER
    assert mark(marked)


def test_a_better_mean_does_not_pay_for_a_corpus_that_got_worse(marked: Path) -> None:
    change(marked, 0.6, right)
    change(marked, 0.5, wrong, corpus="ravdess")
    found = ask(marked, "--if-better")
    assert found.exit_code == NOT_BETTER
    assert "worse by more than chance on ravdess" in found.output
    assert "mean UA +" in found.output
    assert mark(marked)


def test_without_the_switch_a_worse_run_is_published(marked: Path) -> None:
    change(marked, 0.1, wrong)
    assert ask(marked).exit_code == 0
    assert not mark(marked)


def test_the_first_of_its_name_is_published(house: Path) -> None:
    shutil.rmtree(house / "models")
    shutil.rmtree(house / "reports")
    found = ask(house, "--if-better")
    assert found.exit_code == 0, found.output
    assert (house / "models" / "embedded" / "manifest.json").is_file()
    assert (house / "reports" / "embedded" / "held_out.csv").is_file()


def test_a_published_model_without_its_answers_is_not_judged(marked: Path) -> None:
    (marked / "reports" / "embedded" / "held_out.csv").unlink()
    found = ask(marked, "--if-better")
    assert found.exit_code == 1
    assert "--reports" in found.output
    assert mark(marked)


def test_an_unfinished_run_is_not_judged(house: Path) -> None:
    (house / "run" / "metrics.json").unlink()
    found = ask(house, "--if-better")
    assert found.exit_code == 1
    assert "holds no finished run" in found.output


def test_scores_alone_cannot_be_better(house: Path) -> None:
    assert ask(house, "--if-better", "--scores-only").exit_code == 2
