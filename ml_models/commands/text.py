"""The commands of text models: `emotion-clf text train|evaluate|publish`."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOM = Path(__file__).parents[1]


@click.group()
def text() -> None:
    """Train, score and publish models that read sentences."""


@text.command()
@click.argument("recipe")
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of GoEmotions.")
@click.option("--meld", type=click.Path(path_type=Path, file_okay=False), help="Folder of MELD's CSV files.")
@click.option("--encoder", help="Pre-trained weights instead of the recipe's: a folder or a hub name.")
@click.option("--intensity-data", type=click.Path(path_type=Path, file_okay=False), help="Folder of EI-reg.")
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="Where the run goes.")
@click.option("--epochs", type=click.IntRange(min=1), help="Passes instead of the recipe's.")
@click.option("--limit", type=click.IntRange(min=50), help="Use the first so many texts only, to try a recipe.")
@click.option("--online", is_flag=True, help="Let the model hub be asked for weights.")
def train(
    *,
    recipe: str,
    data: Path,
    meld: Path | None,
    encoder: str | None,
    intensity_data: Path | None,
    run: Path | None,
    epochs: int | None,
    limit: int | None,
    online: bool,
) -> None:
    """Train RECIPE (`text-embedded`, `text-deberta` or a YAML file), score it, and write a run with its bundle."""
    from dataclasses import replace

    from emotion_clf.text.manifest import TextManifest
    from ml_models.evaluation.reference import add_reference
    from ml_models.text.evaluating import evaluate as score
    from ml_models.text.publishing import load_bundle, write_metrics, write_scores
    from ml_models.text.recipe import read_text_recipe
    from ml_models.text.reference import text_reference
    from ml_models.text.training import TextData, train_text_model

    logging.getLogger("ml_models").setLevel(logging.INFO)
    with _told():
        chosen = read_text_recipe(recipe)
        if encoder is not None:
            chosen = replace(chosen, encoder=replace(chosen.encoder, source=encoder, revision=None))
        if epochs is not None:
            chosen = replace(chosen, fitting=replace(chosen.fitting, epochs=epochs))
        place = run or Path("runs") / chosen.name
        bundle = _empty(place / "bundle")
        train_text_model(chosen, TextData(data, intensity_data, limit), bundle, offline=not online)
        model = load_bundle(bundle)
        figures = score(model, data, meld, limit=limit)
        add_reference(bundle, text_reference(model, data, limit=limit), TextManifest)
        write_metrics(place, figures)
        write_scores(bundle, figures)
    click.echo(f"Wrote {place}: macro-F1 {figures['goemotions_test']['ekman']['macro_f1']:.3f} on the test split.")


@text.command()
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--data", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder of GoEmotions.")
@click.option("--meld", type=click.Path(path_type=Path, file_okay=False), help="Folder of MELD's CSV files.")
@click.option("--limit", type=click.IntRange(min=50), help="Score the first so many texts only.")
@click.option("--write", "target", type=click.Path(path_type=Path, dir_okay=False), help="File for the figures.")
def evaluate(*, bundle: Path, data: Path, meld: Path | None, limit: int | None, target: Path | None) -> None:
    """Score BUNDLE, a folder, as it is served, and print its figures as JSON."""
    import json

    from ml_models.text.evaluating import evaluate as score
    from ml_models.text.publishing import load_bundle

    with _told():
        figures = json.dumps(score(load_bundle(bundle), data, meld, limit=limit), indent=2, ensure_ascii=False)
    if target is None:
        click.echo(figures)
    else:
        target.write_text(figures + "\n", encoding="utf-8")


@text.command()
@click.argument("run", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option("--models", type=click.Path(path_type=Path, file_okay=False), default=ROOM / "models")
@click.option("--reports", type=click.Path(path_type=Path, file_okay=False), default=ROOM / "reports" / "text")
def publish(*, run: Path, models: Path, reports: Path) -> None:
    """Publish the bundle of RUN, a folder that `emotion-clf text train` wrote, after it has loaded and answered."""
    from ml_models.text.publishing import publish as place

    with _told():
        click.echo(f"Wrote {place(run, models, reports)}.")


@contextmanager
def _told() -> Iterator[None]:
    """Tell an error of ours in its one sentence."""
    from emotion_clf.errors import EmotionError
    from ml_models.errors import TrainingDataError

    try:
        yield
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error


def _empty(folder: Path) -> Path:
    """The folder, with nothing in it: what an earlier run left would be published too."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
