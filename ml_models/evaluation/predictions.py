"""`held_out.csv`: what a run answered to each clip by the fold that had not heard its speaker."""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

NAME = "held_out.csv"


@dataclass(frozen=True)
class HeldOutAnswer:
    """One answer to one held-out clip.

    Attributes:
        label_set: what was to be told apart.
        clip_id: names the clip, the same in every run; unique within a label set.
        speaker: who speaks.
        corpus: short name.
        truth: label that was acted.
        predicted: label that was answered.
        confidence: calibrated probability of the answer, in [0, 1].
        fold: number of the fold that held the speaker out.
    """

    label_set: str
    clip_id: str
    speaker: str
    corpus: str
    truth: str
    predicted: str
    confidence: float
    fold: int


COLUMNS = tuple(field.name for field in fields(HeldOutAnswer))


def write_answers(folder: Path, answers: Iterable[HeldOutAnswer]) -> Path:
    """Write `held_out.csv` into a run's folder, which is created where needed, and give its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / NAME
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows({**asdict(answer), "confidence": f"{answer.confidence:.6f}"} for answer in answers)
    return path


def read_answers(folder: Path) -> tuple[HeldOutAnswer, ...]:
    """Read `held_out.csv` of a run's folder.

    Raises:
        TrainingDataError: there is none, it lacks a column, a number is none, or a clip is answered twice.
    """
    path = folder / NAME
    if not path.is_file():
        raise TrainingDataError(f"There is no {path}. Train the recipe first: its run folder gets one.")
    with path.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
        if missing:
            raise TrainingDataError(f"{path} lacks the column(s) {', '.join(missing)}. Train the recipe again.")
        answers = tuple(_answer(row, path, line) for line, row in enumerate(reader, start=2))
    _require_each_clip_once(answers, path)
    return answers


def _answer(row: dict[str, str], path: Path, line: int) -> HeldOutAnswer:
    words = {column: row[column] or "" for column in COLUMNS if column not in {"confidence", "fold"}}
    try:
        return HeldOutAnswer(**words, confidence=float(row["confidence"]), fold=int(row["fold"]))
    except (TypeError, ValueError) as error:
        raise TrainingDataError(
            f"{path}, line {line}: confidence and fold must be numbers. Train the recipe again."
        ) from error


def _require_each_clip_once(answers: Iterable[HeldOutAnswer], path: Path) -> None:
    seen: set[tuple[str, str]] = set()
    for answer in answers:
        key = (answer.label_set, answer.clip_id)
        if key in seen:
            raise TrainingDataError(f"{path} answers clip {answer.clip_id} twice. Give each clip a name of its own.")
        seen.add(key)
