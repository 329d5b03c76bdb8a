"""Where a run is recorded: always in its own folder, and in MLflow as well for those who ask for it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import time
from importlib.metadata import distributions
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import yaml

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ml_models.recipe import Recipe

PROJECT = Path(__file__).parents[1]
EXPERIMENT = "emotion-clf"
TRACKERS = ("none", "mlflow")
# What MLflow takes at a time.
LARGEST_BATCH = 100


class Tracker(Protocol):
    """Takes down what a run was asked to do and what came of it."""

    def start(self, recipe: Recipe, folder: Path) -> None:
        """Take down what will be done.

        Args:
            recipe: every number of the run.
            folder: of the run, created where needed.
        """

    def log_scores(self, metrics: Mapping[str, Any]) -> None:
        """Take down the scores, in the shape of metrics.json."""

    def log_artifacts(self, folder: Path) -> None:
        """Take down every file in a folder."""

    def end(self, *, finished: bool = True) -> None:
        """Close the record.

        Args:
            finished: the run came to its end; False where it broke off.
        """


class RunFolder:
    """The plain record: recipe.yaml and environment.json in the run's folder, beside the scores that are there."""

    def start(self, recipe: Recipe, folder: Path) -> None:
        """See `Tracker.start`."""
        folder.mkdir(parents=True, exist_ok=True)
        text = yaml.safe_dump(recipe.as_dict(), sort_keys=False, allow_unicode=True)
        (folder / "recipe.yaml").write_text(text, encoding="utf-8")
        facts = json.dumps(environment(recipe.seed), indent=2)
        (folder / "environment.json").write_text(f"{facts}\n", encoding="utf-8")

    def log_scores(self, metrics: Mapping[str, Any]) -> None:
        """The run's folder holds its scores already."""

    def log_artifacts(self, folder: Path) -> None:
        """The run's folder holds its files already."""

    def end(self, *, finished: bool = True) -> None:
        """A folder needs no closing."""


class MlflowTracker:
    """The plain record, and the same in MLflow.

    The store is the one that MLFLOW_TRACKING_URI names; without it, mlflow.db beside the run's folder.
    """

    def __init__(self) -> None:
        self._client: Any = None
        self._run = ""

    def start(self, recipe: Recipe, folder: Path) -> None:
        """See `Tracker.start`.

        Raises:
            TrainingDataError: MLflow is not installed.
        """
        client_class = _client_class()
        from mlflow.entities import Param

        RunFolder().start(recipe, folder)
        beside = folder.absolute().parent
        remote = os.environ.get("MLFLOW_TRACKING_URI")
        self._client = client_class(remote or f"sqlite:///{beside / 'mlflow.db'}")
        experiment = self._experiment(None if remote else (beside / "mlflow").as_uri())
        self._run = self._client.create_run(experiment, run_name=f"{recipe.name} {folder.name}").info.run_id
        parameters = [Param(name, str(value)) for name, value in _leaves(recipe.as_dict())]
        self._log("params", parameters)

    def log_scores(self, metrics: Mapping[str, Any]) -> None:
        """Take down every number that has a name, and training curves pass by pass."""
        from mlflow.entities import Metric

        measured = {name: part for name, part in metrics.items() if name not in {"format", "recipe"}}
        now_ms = int(1000 * time.time())
        self._log("metrics", [Metric(name, value, now_ms, epoch) for name, value, epoch in _numbers(measured)])

    def log_artifacts(self, folder: Path) -> None:
        """See `Tracker.log_artifacts`."""
        self._client.log_artifacts(self._run, str(folder))

    def end(self, *, finished: bool = True) -> None:
        """See `Tracker.end`."""
        self._client.set_terminated(self._run, "FINISHED" if finished else "FAILED")

    def _experiment(self, artifacts: str | None) -> str:
        known = self._client.get_experiment_by_name(EXPERIMENT)
        identity: str = (
            known.experiment_id if known else self._client.create_experiment(EXPERIMENT, artifact_location=artifacts)
        )
        return identity

    def _log(self, kind: str, values: list[Any]) -> None:
        for first in range(0, len(values), LARGEST_BATCH):
            self._client.log_batch(self._run, **{kind: values[first : first + LARGEST_BATCH]})


def tracker_named(name: str) -> Tracker:
    """Give the tracker of a name on the command line.

    Raises:
        TrainingDataError: no tracker has this name, or its library is not installed.
    """
    if name == "none":
        return RunFolder()
    if name == "mlflow":
        _client_class()
        return MlflowTracker()
    raise TrainingDataError(f"There is no tracking by {name}. Choose one of: {', '.join(TRACKERS)}.")


def environment(seed: int) -> dict[str, Any]:
    """Say what a run's numbers depend on beside its recipe and its data.

    Args:
        seed: of the run.

    Returns:
        Releases of Python and of every installed library, the kind of machine, the seed, and the commit, with
        "-dirty" behind it where files differ from it, or None outside a git checkout.
    """
    libraries = {str(found.metadata["Name"]): found.version for found in distributions()}
    return {
        "seed": seed,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}",
        "git_commit": _git_commit(),
        "libraries": dict(sorted(libraries.items(), key=lambda pair: pair[0].lower())),
    }


def _git_commit() -> str | None:
    git = shutil.which("git")
    # An installed copy of this package may lie in somebody else's repository.
    if git is None or not (PROJECT / ".git").exists():
        return None
    command = [git, "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    asked = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return asked.stdout.strip() or None


def _client_class() -> Any:
    """Import MLflow's client; it reports to its makers how it is used, which nobody here has asked for."""
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    try:
        from mlflow import MlflowClient
    except ImportError as error:
        raise TrainingDataError("Tracking by MLflow needs a library: pip install 'emotion-clf[mlflow]'.") from error
    return MlflowClient


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Give everything below a dictionary by its dotted name; a list stays in one piece."""
    if not isinstance(value, dict):
        yield name, value
        return
    for key, part in value.items():
        yield from _leaves(part, f"{name}.{key}" if name else str(key))


def _numbers(scores: Mapping[str, Any]) -> Iterator[tuple[str, float, int]]:
    """Give (name, number, epoch) of every number by itself and of every training curve; other lists are left out."""
    for name, value in _leaves(scores):
        records = [record for record in value if _is_epoch(record)] if isinstance(value, list) else []
        for record in records:
            yield from ((f"{name}.{key}", number, record["epoch"]) for key, number in record.items() if key != "epoch")
        if isinstance(value, int | float) and not isinstance(value, bool):
            yield name, value, 0


def _is_epoch(value: Any) -> bool:
    return isinstance(value, dict) and "epoch" in value
