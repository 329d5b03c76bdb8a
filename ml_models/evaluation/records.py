"""The committed records that the leaderboard is made of: the runs' metrics files and the yardsticks beside them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from pathlib import Path

FORMAT = 1
YARDSTICKS = "yardsticks.yaml"


@dataclass(frozen=True)
class Record:
    """What a run has committed.

    Attributes:
        name: of its folder.
        metrics: content of its metrics.json.
        figures: names of its figures, as SVG.
        texts: names of its classification reports.
    """

    name: str
    metrics: dict[str, Any]
    figures: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True, config=ConfigDict(extra="forbid"))
class Yardstick:
    """A score that no run of this repository gave.

    Attributes:
        name: of the method.
        label_set: what was told apart.
        corpus: short name.
        kind: "published" by others or "measured" for this project elsewhere.
        ua: unweighted accuracy.
        protocol: who was trained and tested on.
        source: where the number is from.
        wa: weighted accuracy, where it is known.
        macro_f1: where it is known.
        leaks: whether tested speakers are heard in training.
    """

    name: str
    label_set: str
    corpus: str
    kind: Literal["published", "measured"]
    ua: float
    protocol: str
    source: str
    wa: float | None = None
    macro_f1: float | None = None
    leaks: bool = False


_YARDSTICKS = TypeAdapter(tuple[Yardstick, ...])


def read_records(reports: Path) -> list[Record]:
    """Read every run's metrics.json, in the order of their folders' names.

    Raises:
        TrainingDataError: there is none, or one is not of this format.
    """
    records = [_record(path) for path in sorted(reports.glob("*/metrics.json"))]
    if not records:
        raise TrainingDataError(f"{reports} holds no metrics.json. Train a recipe first.")
    return records


def _record(path: Path) -> Record:
    try:
        metrics = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise TrainingDataError(f"{path} is not JSON. Train {path.parent.name} again.") from error
    if not isinstance(metrics, dict) or metrics.get("format") != FORMAT:
        raise TrainingDataError(f"{path} is not of format {FORMAT}. Train {path.parent.name} again.")
    figures, texts = (tuple(sorted(found.name for found in path.parent.glob(form))) for form in ("*.svg", "*.txt"))
    return Record(path.parent.name, metrics, figures, texts)


def read_yardsticks(reports: Path) -> tuple[Yardstick, ...]:
    """Read the yardsticks; none where there is no such file.

    Raises:
        TrainingDataError: the file does not hold yardsticks.
    """
    path = reports / YARDSTICKS
    if not path.is_file():
        return ()
    try:
        return _YARDSTICKS.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise TrainingDataError(f"{path} does not hold yardsticks: {str(error).splitlines()[0]}.") from error
