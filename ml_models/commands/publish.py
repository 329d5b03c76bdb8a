"""The command that publishes a run: `emotion-clf publish RUN`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

ROOM = Path(__file__).parents[1]
NOT_BETTER = 3


@click.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--models",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOM / "models",
    show_default="ml_models/models",
    help="Where the product looks for models.",
)
@click.option(
    "--reports",
    type=click.Path(path_type=Path, file_okay=False),
    default=ROOM / "reports",
    show_default="ml_models/reports",
    help="Where the leaderboard looks for scores.",
)
@click.option("--scores-only", is_flag=True, help="Publish the scores for the leaderboard, but no model.")
@click.option(
    "--if-better",
    is_flag=True,
    help="Publish only if the held-out scores are better than those of the published model; else the exit status is 3.",
)
def publish(*, run: Path, models: Path, reports: Path, scores_only: bool, if_better: bool) -> None:
    """Publish the models of RUN, a folder that `emotion-clf train` wrote, after they have loaded and answered."""
    from emotion_clf.errors import EmotionError
    from ml_models.errors import TrainingDataError
    from ml_models.publishing.promotion import verdict_on
    from ml_models.publishing.publish import publish_run, publish_scores

    if scores_only and if_better:
        raise click.UsageError("Choose one of --scores-only and --if-better; scores alone replace no model.")
    try:
        if if_better:
            verdict = verdict_on(run, models, reports)
            click.echo(verdict.reason)
            if not verdict.better:
                sys.exit(NOT_BETTER)
        written = [publish_scores(run, reports)] if scores_only else publish_run(run, models, reports)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    for folder in written:
        click.echo(f"Wrote {folder}.")
