"""The command that sets runs side by side: `emotion-clf compare`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ml_models.evaluation.comparison import Comparison

PACKAGE = Path(__file__).parents[1]
A_PAIR = 2


@click.command()
@click.argument("runs", metavar="[RUN RUN]", nargs=-1, type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--reports",
    type=click.Path(path_type=Path, file_okay=False),
    default=PACKAGE / "reports",
    show_default="ml_models/reports",
    help="The committed metrics of all runs.",
)
@click.option("--write", type=click.Path(path_type=Path, dir_okay=False), help="Write the leaderboard to this file.")
@click.option(
    "--served", type=click.Path(path_type=Path, dir_okay=False), help="Write it without links, for the /models page."
)
def compare(*, runs: tuple[Path, ...], reports: Path, write: Path | None, served: Path | None) -> None:
    """Print the leaderboard of all committed runs, or compare two RUN folders speaker by speaker.

    A RUN is a folder with the held_out.csv that training leaves there.
    """
    from emotion_clf.errors import EmotionError
    from ml_models.errors import TrainingDataError

    if runs and (len(runs) != A_PAIR or write or served):
        raise click.UsageError(
            "Give two run folders to compare them, or none for the leaderboard; --write and --served go with none."
        )
    try:
        text = _comparison(*runs) if runs else _leaderboard(reports, write)
        if served:
            _write(served, reports)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(text, nl=not text.endswith("\n"))


def _leaderboard(reports: Path, write: Path | None) -> str:
    """Give the page, or write it and say so; its links lead from where it stands to the reports."""
    from ml_models.evaluation.leaderboard import LINKS, leaderboard

    if write is None:
        return leaderboard(reports, links=LINKS)
    page = leaderboard(reports, links=Path(os.path.relpath(reports.resolve(), write.resolve().parent)).as_posix())
    write.parent.mkdir(parents=True, exist_ok=True)
    write.write_text(page, encoding="utf-8")
    return f"Wrote {write}."


def _write(served: Path, reports: Path) -> None:
    """Write the page that stands alone."""
    from ml_models.evaluation.leaderboard import leaderboard

    served.write_text(leaderboard(reports, links=None), encoding="utf-8")


def _comparison(first: Path, second: Path) -> str:
    from ml_models.evaluation.comparison import compare_runs
    from ml_models.evaluation.predictions import read_answers

    found = compare_runs(read_answers(first), read_answers(second))
    return "\n".join([f"UA of {first}, UA of {second}, difference [95 %, over speakers]:", *map(_line, found)])


def _line(found: Comparison) -> str:
    interval = found.difference.interval
    apart = "" if interval.low <= 0.0 <= interval.high else ", more than chance"
    return (
        f"{found.label_set} emotions, {found.corpus} ({found.clips:,} clips, {found.speakers} speakers): "
        f"{found.first_ua:.3f}, {found.second_ua:.3f}, {found.difference.value:+.3f} "
        f"[{interval.low:+.3f}, {interval.high:+.3f}]{apart}"
    )
