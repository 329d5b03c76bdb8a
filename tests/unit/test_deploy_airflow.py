"""The DAG calls commands that exist; run by Airflow itself, it trains a model and publishes it only if it is better."""

from __future__ import annotations

import ast
import csv
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import pytest
import soundfile

from emotion_clf.cli import main
from emotion_clf.settings import PROJECT_DIR, Settings
from ml_models.commands.publish import NOT_BETTER
from tests.support.deploy import DEPLOY, tool
from tests.unit.ml_models.voices import SAMPLE_RATE_HZ, STYLES, speak

if TYPE_CHECKING:
    from collections.abc import Callable

DAG = DEPLOY / "airflow" / "emotion_clf_training.py"
DAG_ID = "emotion_clf_training"
RECIPE = """
name: tiny
version: 0.0.1
title: Tiny
description: A model of tones.
licence: MIT
corpora: [ravdess]
label_sets: [six]
learner:
  kind: encoder
  members: 1
  channels: [4, 8]
  embedding_dim: 16
  epochs: 2
  clips_per_epoch: {ravdess: 16}
  batch_size: 8
  crop_frames: 32
  augmented_copies: 1
"""


def constant(name: str) -> Any:
    """A constant of the DAG's file, which cannot be imported without Airflow."""
    tree = ast.parse(DAG.read_text(encoding="utf-8"))
    (value,) = (
        node.value for node in tree.body if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name
    )
    return ast.literal_eval(value)


def test_the_tasks_are_those_of_a_training() -> None:
    assert list(constant("COMMANDS")) == ["ingest", "validate", "embed", "train", "evaluate", "promote"]
    assert constant("NOT_BETTER") == NOT_BETTER


@pytest.mark.parametrize("task", ["ingest", "validate", "embed", "train", "evaluate", "promote"])
def test_every_task_is_a_command_that_exists_with_these_options(task: str) -> None:
    program, *words = shlex.split(constant("COMMANDS")[task])
    assert program == "emotion-clf"
    found: click.Command = main
    context = click.Context(main)
    while isinstance(found, click.Group):
        known = found.get_command(context, words.pop(0))
        assert known is not None
        found = known
    options = {option: each for each in found.params for option in each.opts}
    given = [word for word in words if word.startswith("--")]
    assert set(given) <= set(options)
    values = sum(1 for option in given if not options[option].is_flag)
    arguments = [each for each in found.params if isinstance(each, click.Argument) and each.required]
    assert len(words) - len(given) - values == len(arguments)


def test_values_reach_the_shell_as_quoted_variables_that_are_set() -> None:
    source = DAG.read_text(encoding="utf-8")
    params = {name.upper() for name in re.findall(r'"(\w+)": Param\(', source)} | {"RUN", "INSTANCE_DIR"}
    for command in constant("COMMANDS").values():
        assert not re.search(r"[;&|`{}<>]|\$\(", command)
        assert "$" not in re.sub(r'"[^"]*"', "", command)
        assert set(re.findall(r"\$(\w+)", command)) <= params


def write_clips(folder: Path, people: range) -> None:
    """A table of synthetic speakers."""
    folder.mkdir(parents=True)
    rows = []
    for person in people:
        for emotion in sorted(STYLES.keys() - {"calm", "surprised"}):
            name = f"{person}-{emotion}.wav"
            soundfile.write(folder / name, speak(emotion, 90 + 20 * person, person, seconds=1.2), SAMPLE_RATE_HZ)
            rows.append((name, "ravdess", f"ravdess:Actor_{person:02d}", "en", emotion))
    with (folder / "metadata.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("path", "corpus", "speaker", "language", "emotion"), *rows])


@pytest.fixture
def airflow(tmp_path: Path) -> Callable[..., str]:
    """Airflow with a database of its own, and the product's command on its PATH."""
    program, database = tool("airflow", "bin", "airflow"), tool("airflow", "home", "airflow.db")
    (tmp_path / "airflow").mkdir()
    shutil.copy(database, tmp_path / "airflow")
    programs = tmp_path / "bin"
    programs.mkdir()
    command = programs / "emotion-clf"
    command.write_text(f"#!{sys.executable}\nfrom emotion_clf.cli import main\nmain()\n", encoding="utf-8")
    command.chmod(0o755)
    # Without coverage too, which other tests of these commands measure, and which makes training slow.
    outside = {
        name: value
        for name, value in os.environ.items()
        if name.lower() not in Settings.model_fields and not name.startswith("COVERAGE_")
    }
    environment = {
        **outside,
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__DAGS_FOLDER": str(DAG.parent),
        "PYTHONPATH": os.pathsep.join((str(PROJECT_DIR / "backend"), str(PROJECT_DIR))),
        "PATH": os.pathsep.join((str(programs), os.environ["PATH"])),
    }

    def run(*words: str) -> str:
        done = subprocess.run(
            [program, *words], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return done.stdout + done.stderr

    return run


def test_airflow_runs_it_and_promotes_only_what_is_better(airflow: Callable[..., str], tmp_path: Path) -> None:
    write_clips(tmp_path / "source", range(1, 6))
    write_clips(tmp_path / "test", range(11, 13))
    (tmp_path / "recipe.yaml").write_text(RECIPE, encoding="utf-8")
    folders = {name: str(tmp_path / name) for name in ("source", "root", "models", "reports")}
    given = {"corpus": "table", "recipe": str(tmp_path / "recipe.yaml"), "bundle": "tiny", **folders}
    conf = json.dumps({**given, "test_data": str(tmp_path / "test")})
    airflow("dags", "test", DAG_ID, "--dagfile-path", str(DAG), "--conf", conf)
    (run,) = (tmp_path / "root" / "runs").iterdir()
    evaluated = json.loads((run / "evaluation" / "metrics.json").read_text())
    assert evaluated["label_sets"]["six"]["corpora"]["ravdess"]["speakers"] == 2
    assert (tmp_path / "root" / "embeddings.npz").is_file()
    bundle = tmp_path / "models" / "tiny" / "manifest.json"
    first = bundle.stat().st_mtime_ns
    # The same run once more: what is no better than what is published replaces nothing, and is no failure.
    told = airflow("tasks", "test", DAG_ID, "promote", run.name)
    assert "not above that of the published one" in told
    assert "skipped" in told.lower()
    assert bundle.stat().st_mtime_ns == first
