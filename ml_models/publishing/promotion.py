"""Is a run better than what is published under its name: the rule by which models are replaced without being asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ml_models.errors import TrainingDataError
from ml_models.evaluation.comparison import compare_runs
from ml_models.evaluation.predictions import NAME, read_answers

if TYPE_CHECKING:
    from pathlib import Path

    from ml_models.evaluation.comparison import Comparison


@dataclass(frozen=True)
class Verdict:
    """Whether a run may replace what is published.

    Attributes:
        better: whether it may.
        reason: why, in one sentence.
    """

    better: bool
    reason: str


def verdict_on(run: Path, models: Path, reports: Path) -> Verdict:
    """Compare a run with the published one of the same recipe, on the held-out clips that both have answered.

    Args:
        run: folder of a finished run.
        models: where the product looks for bundles.
        reports: where the scores of the published runs lie.

    Raises:
        TrainingDataError: the run is not finished, the published scores are missing, or the runs share no clip.
    """
    bundles = [path.parent.name for path in run.glob("bundles/*/manifest.json")]
    if not (run / "metrics.json").is_file() or not bundles:
        raise TrainingDataError(f"{run} holds no finished run. Train one first: emotion-clf train RECIPE --run {run}")
    if not any((models / name / "manifest.json").is_file() for name in bundles):
        return Verdict(better=True, reason="Nothing of that name is published yet.")
    published = reports / json.loads((run / "metrics.json").read_text(encoding="utf-8"))["recipe"]["name"]
    if not (published / NAME).is_file():
        raise TrainingDataError(
            f"The published answers are missing: {published / NAME}. Name their folder with --reports, or publish "
            "without --if-better."
        )
    return judge(compare_runs(read_answers(published), read_answers(run)))


def judge(compared: list[Comparison]) -> Verdict:
    """Better is what has the higher mean UA over all corpora, and is worse on none by more than chance.

    Args:
        compared: the published run first, the new one second; at least one.
    """
    mean = sum(found.difference.value for found in compared) / len(compared)
    lost = [found for found in compared if found.difference.interval.high < 0.0]
    if lost:
        names = ", ".join(f"{found.corpus}, {found.label_set} emotions" for found in lost)
        return Verdict(better=False, reason=f"It is worse by more than chance on {names} (mean UA {mean:+.3f}).")
    if mean <= 0.0:
        return Verdict(better=False, reason=f"Its mean UA is not above that of the published one ({mean:+.3f}).")
    return Verdict(better=True, reason=f"Its mean UA is {mean:+.3f} above that of the published one.")
