"""The command that embeds a corpus: `emotion-clf embed …`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ml_models.embedding import EmbedderSource
    from ml_models.embedding.backends import Backend
    from ml_models.recipe import Pooling


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder with manifest.csv or metadata.csv and the clips it lists, or such a table.",
)
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="The .npz to write, or to go on with."
)
@click.option("--corpus", "corpora", multiple=True, help="Only clips of this corpus; may be given several times.")
@click.option("--model", help="Embedder of this installed model; the default model's without --model and --hubert.")
@click.option("--hubert", "--embedder", "hubert", metavar="SOURCE", help="A HuBERT: name on the hub, or a folder.")
@click.option("--revision", help="Commit on the hub, with --hubert.")
@click.option("--layer", type=int, help="Index into the hidden states, with --hubert; the last one without it.")
@click.option("--pooling", type=click.Choice(["mean", "mean_std"]), help="Over time, with --hubert; mean without it.")
@click.option(
    "--batch-size",
    type=click.IntRange(min=1),
    default=8,
    show_default=True,
    help="The most clips of equal length computed together; halved where memory runs out.",
)
@click.option(
    "--backend",
    type=click.Choice(["loky", "ray", "dask"]),
    default="loky",
    show_default=True,
    help="Processes of this machine, or a cluster.",
)
@click.option("--address", metavar="URL", help="Of a Ray or Dask cluster to join; a local one is started without it.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Processes, one core each; 1 computes without any.",
)
@click.option("--skip-broken", is_flag=True, help="Name clips that cannot be embedded, and leave them out.")
def embed(
    *,
    data: Path,
    out: Path,
    corpora: tuple[str, ...],
    model: str | None,
    hubert: str | None,
    revision: str | None,
    layer: int | None,
    pooling: Pooling | None,
    batch_size: int,
    backend: Backend,
    address: str | None,
    workers: int,
    skip_broken: bool,
) -> None:
    """Embed every clip of a corpus into one .npz; a run that was stopped goes on where it was."""
    from emotion_clf.errors import EmotionError
    from emotion_clf.settings import get_settings
    from ml_models.data.sources.table import read_table
    from ml_models.embedding import EmbedOptions, embed_clips
    from ml_models.errors import TrainingDataError

    if hubert is None and (revision, layer, pooling) != (None, None, None):
        raise click.UsageError("--revision, --layer and --pooling belong to --hubert; a model has its own.")
    if hubert is not None and model is not None:
        raise click.UsageError("Choose one of --model and --hubert.")
    options = EmbedOptions(batch_size, backend, address, workers, skip_broken, get_settings().ffmpeg_path)
    try:
        source = _hubert(hubert, revision, layer, pooling) if hubert is not None else _model(model)
        clips = read_table(data, corpora=corpora or None)
        out.parent.mkdir(parents=True, exist_ok=True)
        result = embed_clips(clips, data if data.is_dir() else data.parent, source, out, options)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{out}: {len(result.ids):,} embeddings of {result.embeddings.shape[1]:,} values.")
    if len(result.ids) < len(clips):
        click.echo(f"{len(clips) - len(result.ids):,} clip(s) were left out.")


def _hubert(source: str, revision: str | None, layer: int | None, pooling: Pooling | None) -> EmbedderSource:
    from emotion_clf.settings import get_settings
    from ml_models.embedding import HubertSource

    return HubertSource(
        source,
        revision,
        -1 if layer is None else layer,
        pooling or "mean",
        offline=get_settings().hub_offline,
    )


def _model(name: str | None) -> EmbedderSource:
    """The embedder of an installed bundle."""
    from emotion_clf.settings import get_settings
    from emotion_clf.speech import ModelRegistry
    from ml_models.embedding import source_of_bundle

    settings = get_settings()
    registry = ModelRegistry(settings)
    name = name or registry.default_name
    registry.manifest(name)
    return source_of_bundle(registry.folders()[name], settings)
