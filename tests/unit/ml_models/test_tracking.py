from __future__ import annotations

import importlib.metadata
import json
import platform
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import ml_models
from ml_models.errors import TrainingDataError
from ml_models.recipe import load_recipe
from ml_models.tracking import MlflowTracker, RunFolder, environment, tracker_named

if TYPE_CHECKING:
    from ml_models.recipe import Recipe

RECIPES = Path(ml_models.__file__).parent / "recipes"
METRICS = {
    "format": 1,
    "recipe": {"seed": 7},
    "protocol": "five speaker-independent folds",
    "notes": ["4 of 100 epochs"],
    "label_sets": {
        "six": {
            "labels": ["angry", "sad"],
            "corpora": {"ravdess": {"clips": 12, "ua": 0.625, "ua_interval": [0.5, 0.75], "checked": True}},
        }
    },
    "curves": {
        "six": {
            "1": [
                {"epoch": 1, "train_loss": 1.5, "validation_ua": 0.25},
                {"epoch": 2, "train_loss": 1.25, "validation_ua": 0.5},
            ]
        }
    },
}
# MLflow names a loader strategy that the newest SQLAlchemy will drop; neither is ours to change.
mlflow_runs = pytest.mark.filterwarnings("ignore:The ``noload`` loader strategy is deprecated")


@pytest.fixture
def flagship() -> Recipe:
    return replace(load_recipe(RECIPES / "hubert_svm.yaml"), seed=7)


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's empty tables, which take seconds to make."""
    from mlflow import MlflowClient

    path = tmp_path_factory.mktemp("mlflow") / "empty.db"
    MlflowClient(f"sqlite:///{path}").search_experiments()
    return path


@pytest.mark.parametrize("path", sorted(RECIPES.glob("hubert_*.yaml")), ids=lambda path: path.stem)
def test_the_recorded_recipe_is_the_recipe(path: Path, tmp_path: Path) -> None:
    recipe = load_recipe(path)
    RunFolder().start(recipe, tmp_path / "deep" / "run")
    assert recipe.name == path.stem
    assert load_recipe(tmp_path / "deep" / "run" / "recipe.yaml") == recipe


def test_the_plain_record_says_what_the_numbers_depend_on(flagship: Recipe, tmp_path: Path) -> None:
    tracker = tracker_named("none")
    tracker.start(flagship, tmp_path)
    tracker.log_scores(METRICS)
    tracker.log_artifacts(tmp_path)
    tracker.end()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["environment.json", "recipe.yaml"]
    facts = json.loads((tmp_path / "environment.json").read_text(encoding="utf-8"))
    assert facts["seed"] == 7
    assert facts["python"] == platform.python_version()
    for library in ("numpy", "scikit-learn", "torch"):
        assert facts["libraries"][library] == importlib.metadata.version(library)
    assert facts == environment(7)


def test_the_commit_is_the_one_that_is_checked_out() -> None:
    git = shutil.which("git")
    project = Path(ml_models.__file__).parents[1]
    if git is None or not (project / ".git").exists():
        assert environment(0)["git_commit"] is None
        return
    head = subprocess.run([git, "rev-parse", "HEAD"], cwd=project, capture_output=True, text=True, check=True)
    assert environment(0)["git_commit"].removesuffix("-dirty") == head.stdout.strip()


def test_no_path_and_no_command_is_recorded(flagship: Recipe, tmp_path: Path) -> None:
    RunFolder().start(flagship, tmp_path)
    text = (tmp_path / "environment.json").read_text(encoding="utf-8")
    for private in (str(tmp_path), str(Path.cwd()), str(Path.home()), sys.executable, sys.argv[0], platform.node()):
        assert f'"{private}' not in text
        assert f" {private}" not in text
    assert "/" not in text.replace("\\/", "")


@mlflow_runs
def test_mlflow_gives_back_what_was_recorded(
    flagship: Recipe, empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "runs" / "first"
    folder.mkdir(parents=True)
    shutil.copyfile(empty_store, tmp_path / "runs" / "mlflow.db")
    tracker = tracker_named("mlflow")
    tracker.start(flagship, folder)
    (folder / "figures").mkdir()
    (folder / "figures" / "confusion.svg").write_text("<svg/>", encoding="utf-8")
    tracker.log_scores(METRICS)
    tracker.log_artifacts(folder)
    tracker.end()

    broken = MlflowTracker()
    broken.start(replace(flagship, seed=8), tmp_path / "runs" / "second")
    broken.end(finished=False)

    assert [path.name for path in tmp_path.iterdir()] == ["runs"]
    client = MlflowClient(f"sqlite:///{tmp_path / 'runs' / 'mlflow.db'}")
    (experiment,) = [found for found in client.search_experiments() if found.name == "emotion-clf"]
    runs = {run.info.run_name: run for run in client.search_runs([experiment.experiment_id])}
    assert {name: run.info.status for name, run in runs.items()} == {
        "hubert_svm first": "FINISHED",
        "hubert_svm second": "FAILED",
    }
    assert runs["hubert_svm second"].data.params["seed"] == "8"
    first = runs["hubert_svm first"]
    assert first.data.params["learner.layer"] == "-1"
    assert first.data.params["search.space.head.svm_c"] == "[1.0, 10.0]"
    assert first.data.metrics == {
        "label_sets.six.corpora.ravdess.clips": 12.0,
        "label_sets.six.corpora.ravdess.ua": 0.625,
        "curves.six.1.train_loss": 1.25,
        "curves.six.1.validation_ua": 0.5,
    }
    curve = client.get_metric_history(first.info.run_id, "curves.six.1.validation_ua")
    assert [(point.step, point.value) for point in curve] == [(1, 0.25), (2, 0.5)]
    kept = {item.path for item in client.list_artifacts(first.info.run_id)}
    assert kept == {"environment.json", "recipe.yaml", "figures"}
    assert [item.path for item in client.list_artifacts(first.info.run_id, "figures")] == ["figures/confusion.svg"]


@mlflow_runs
def test_mlflow_writes_where_the_environment_says(
    flagship: Recipe, empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow import MlflowClient

    store = f"sqlite:///{shutil.copyfile(empty_store, tmp_path / 'elsewhere.db')}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", store)
    monkeypatch.chdir(tmp_path)
    tracker = MlflowTracker()
    tracker.start(flagship, tmp_path / "runs" / "first")
    many = {"label_sets": {f"set {number}": number for number in range(250)}}
    tracker.log_scores(many)
    tracker.end()
    assert not (tmp_path / "runs" / "mlflow.db").exists()
    client = MlflowClient(store)
    experiment = client.get_experiment_by_name("emotion-clf")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    assert run.data.metrics == {f"label_sets.set {number}": float(number) for number in range(250)}


def test_a_missing_mlflow_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(TrainingDataError, match=r"emotion-clf\[mlflow\]"):
        tracker_named("mlflow")


def test_unknown_tracking_is_refused() -> None:
    with pytest.raises(TrainingDataError, match="none, mlflow"):
        tracker_named("wandb")
