"""The commands that train models: `emotion-clf train …`."""

from __future__ import annotations

from pathlib import Path

import click

HERE = Path(__file__).parents[1]


@click.group()
def train() -> None:
    """Train, evaluate and publish models."""


@train.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder with manifest.csv or metadata.csv and the clips it lists.",
)
@click.option(
    "--recipe",
    "recipe_path",
    type=click.Path(path_type=Path, dir_okay=False),
    default=HERE / "recipes" / "embedded.yaml",
    show_default="the embedded recipe",
    help="Every number of the run.",
)
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("runs/embedded"),
    show_default=True,
    help="Features and encoders; a run that was stopped goes on from here.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path, file_okay=False),
    default=HERE / "reports" / "embedded",
    show_default="ml_models/reports/embedded",
    help="Where the scores go.",
)
@click.option(
    "--bundle",
    type=click.Path(path_type=Path, file_okay=False),
    default=HERE / "models" / "embedded",
    show_default="ml_models/models/embedded",
    help="Where the model goes.",
)
@click.option("--epochs", type=click.IntRange(min=1), help="Instead of the recipe's number.")
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes, one core each.")
@click.option("--leak", is_flag=True, help="Also measure what a random split of the clips would claim.")
def embedded(
    *,
    data: Path,
    recipe_path: Path,
    work: Path,
    report: Path,
    bundle: Path,
    epochs: int | None,
    workers: int,
    leak: bool,
) -> None:
    """Train the embedded speech model, score it on speakers it has not heard, and publish it."""
    from emotion_clf.errors import EmotionError
    from ml_models.data.sources.table import read_table
    from ml_models.errors import TrainingDataError
    from ml_models.experiment import Workplace, train_embedded
    from ml_models.recipe import load_recipe

    try:
        recipe = load_recipe(recipe_path).with_epochs(epochs)
        clips = read_table(data, corpora=tuple(recipe.encoder.clips_per_epoch))
        metrics = train_embedded(clips, recipe, Workplace(work, report, bundle, workers), measure_leak=leak)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    for name in ("six", "eight"):
        for corpus, scores in metrics[name]["corpora"].items():
            low, high = scores["ua_interval"]
            click.echo(f"{name} emotions, {corpus}: UA {scores['ua']:.3f} ({low:.3f} to {high:.3f})")
    click.echo(f"Wrote {bundle} and {report}.")
