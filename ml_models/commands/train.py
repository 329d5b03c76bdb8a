"""The command that trains a recipe: `emotion-clf train RECIPE`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_models.recipe import LabelSetName, Protocol, Recipe

# What a run needs only at its end must be there at its beginning.
LIBRARIES = ("matplotlib", "onnx", "onnxscript")
RECIPES = Path(__file__).parents[1] / "recipes"
WORK = Path("runs/work")


def recipe_names() -> list[str]:
    """The recipes that come with the product."""
    return sorted(path.stem for path in RECIPES.glob("*.yaml"))


@click.command()
@click.argument("recipe", metavar="RECIPE")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Folder with manifest.csv or metadata.csv and the clips it lists, as `emotion-clf corpus check` writes it; "
    "repeatable.",
)
@click.option("--corpus", "corpora", multiple=True, help="Train on these corpora instead of the recipe's; repeatable.")
@click.option(
    "--labels", type=click.Choice(["six", "eight"]), multiple=True, help="Label sets instead of the recipe's."
)
@click.option("--protocol", type=click.Choice(["folds", "standard_split"]), help="Protocol instead of the recipe's.")
@click.option("--source", help="Pre-trained weights instead of the recipe's: a hub name or a folder.")
@click.option("--epochs", type=click.IntRange(min=1), help="At most so many passes; the scores say so.")
@click.option("--run", type=click.Path(path_type=Path, file_okay=False), help="Where the run's scores and bundles go.")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=WORK,
    show_default=True,
    help="Decoded sounds, features, encoders; a run that was stopped goes on from here.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Processes, one core each.")
@click.option(
    "--random-parts",
    type=click.IntRange(0, 5),
    default=1,
    show_default=True,
    help="Also test so many of five random parts of the clips, to show what that leak is worth.",
)
@click.option("--doubled", is_flag=True, help="Also show what a copy that holds every file twice would claim.")
@click.option("--no-checks", is_flag=True, help="Leave out known voices, disturbed sound and three-second windows.")
@click.option("--no-search", is_flag=True, help="Keep the recipe's own settings instead of searching its space.")
@click.option("--tracking", type=click.Choice(["none", "mlflow"]), default="none", show_default=True)
def train(
    *,
    recipe: str,
    data: tuple[Path, ...],
    corpora: tuple[str, ...],
    labels: tuple[LabelSetName, ...],
    protocol: Protocol | None,
    source: str | None,
    epochs: int | None,
    run: Path | None,
    work: Path,
    workers: int,
    random_parts: int,
    doubled: bool,
    no_checks: bool,
    no_search: bool,
    tracking: str,
) -> None:
    """Train RECIPE, score it on speakers it has not heard, and write a run folder with bundles that are ready to serve.

    RECIPE is the name of a recipe of ours (`cnn`, `cnn_lstm`, `compact`, `embedded`, `hubert_ensemble`, `hubert_svm`,
    `ravdess_cnn`, `transformer`, `wav2vec2`, `whisper_svm`) or a YAML file of your own.
    """
    from dataclasses import replace

    from emotion_clf.errors import EmotionError
    from ml_models.data.sources.table import read_tables
    from ml_models.errors import TrainingDataError
    from ml_models.experiment import Questions, RunPlace, run_experiment
    from ml_models.fitting import fitted_to
    from ml_models.tracking import tracker_named

    try:
        require_libraries()
        chosen = load_named(recipe)
        notes = shortened(chosen, epochs)
        chosen = replace(
            chosen.with_epochs(epochs).with_source(source),
            corpora=corpora or chosen.corpora,
            tested_only=() if corpora else chosen.tested_only,
            licence=licence_of(corpora) if corpora else chosen.licence,
            label_sets=labels or chosen.label_sets,
            protocol=protocol or chosen.protocol,
            search=None if no_search else chosen.search,
        )
        clips = read_tables(data, corpora=chosen.corpora + chosen.tested_only)
        if corpora:
            chosen, lacking = fitted_to(chosen, clips, labels)
            notes += lacking
        place = RunPlace(work, run or Path("runs") / chosen.name, workers)
        questions = Questions(random_parts, doubled=doubled, checks=not no_checks, notes=notes)
        tracker = tracker_named(tracking)
        tracker.start(chosen, place.run)
        finished = False
        try:
            metrics = run_experiment(clips, chosen, place, questions)
            tracker.log_scores(metrics)
            tracker.log_artifacts(place.run)
            finished = True
        finally:
            tracker.end(finished=finished)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    for line in result_lines(metrics):
        click.echo(line)
    click.echo(f"Wrote {place.run}. Serve its model after: emotion-clf publish {place.run}")


def require_libraries() -> None:
    """Check that this installation can train.

    Raises:
        TrainingDataError: libraries are missing.
    """
    from importlib.util import find_spec

    from ml_models.errors import TrainingDataError

    missing = [name for name in LIBRARIES if find_spec(name) is None]
    if missing:
        raise TrainingDataError(
            f"Training needs {', '.join(missing)}, which the product alone does not: pip install 'emotion-clf[train]'."
        )


def load_named(recipe: str) -> Recipe:
    """Read a recipe by its name or file.

    Raises:
        TrainingDataError: there is none.
    """
    from ml_models.errors import TrainingDataError
    from ml_models.recipe import load_recipe

    path = Path(recipe)
    if path.suffix in {".yaml", ".yml"}:
        return load_recipe(path)
    if recipe not in recipe_names():
        raise TrainingDataError(
            f"There is no recipe {recipe}. Choose one of {', '.join(recipe_names())}, or a YAML file."
        )
    return load_recipe(RECIPES / f"{recipe}.yaml")


def licence_of(corpora: Sequence[str]) -> str:
    """Say what weights may be used for that were learnt from other corpora than the recipe's."""
    from ml_models.data.sources import CORPORA

    terms = [f"{CORPORA[name].title}: {CORPORA[name].licence}" for name in corpora if name in CORPORA]
    terms += [f"{name}: its owner's" for name in corpora if name not in CORPORA]
    return f"as its training data allows ({'; '.join(terms)})"


def shortened(recipe: Recipe, epochs: int | None) -> list[str]:
    """Say where a schedule was cut short."""
    planned = getattr(recipe.learner, "epochs", None)
    if epochs is None or planned is None or epochs >= planned:
        return []
    return [f"{epochs} of the recipe's {planned} passes"]


def result_lines(metrics: dict[str, Any]) -> list[str]:
    """The scores in a few lines."""
    lines = []
    for name, scores in metrics["label_sets"].items():
        for corpus, found in scores["corpora"].items():
            low, high = found["ua_interval"]
            lines.append(f"{name} emotions, {corpus}: UA {found['ua']:.3f} ({low:.3f} to {high:.3f})")
        lines.append(f"{name} emotions: ECE {scores['ece']:.3f}")
    return lines
