"""The commands about training data: `emotion-clf corpus …`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ml_models.data.sources import CORPORA


@click.group()
def corpus() -> None:
    """Read and check the corpora that models are trained on."""


@corpus.command("list")
@click.option("--markdown", is_flag=True, help="As the tables of docs/corpora.md.")
def list_corpora(*, markdown: bool) -> None:
    """List the corpora that can be read: their size, licence, source and layout on disk."""
    from ml_models.data.survey import markdown_tables, published

    if markdown:
        click.echo(markdown_tables())
        return
    width = max(map(len, CORPORA))
    for name, known in CORPORA.items():
        languages = ", ".join(known.languages) or "any language"
        size = f"{published(known.clips)} clips, {published(known.speakers)} speakers, {languages}"
        click.echo(f"{name:<{width}}  {known.title}: {size}; {known.licence}")
        click.echo(f"{'':<{width}}  {known.source}")
        click.echo(f"{'':<{width}}  on disk: {known.layout}")


@corpus.command()
@click.argument("out", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--unpacked",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Folder with the unpacked packages, one folder each, instead of fetching them with apt-get.",
)
def natural(*, out: Path, unpacked: Path | None) -> None:
    """Write calm natural speech out of Debian's packages into OUT, with a manifest.csv to train on."""
    from collections import Counter

    from ml_models.data.natural import make_natural_speech
    from ml_models.errors import TrainingDataError

    try:
        clips = make_natural_speech(out, unpacked)
    except TrainingDataError as error:
        raise click.ClickException(str(error)) from error
    for name, count in sorted(Counter(clip.corpus for clip in clips).items()):
        click.echo(f"{name}: {count:,} clips of {len({clip.speaker for clip in clips if clip.corpus == name})} voices")


@corpus.command()
@click.argument("name", metavar="CORPUS", type=click.Choice(list(CORPORA)))
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the faultless clips to this CSV.")
@click.option(
    "--min-s", type=click.FloatRange(min=0), default=1.0, show_default=True, help="Shortest clip accepted, in seconds."
)
@click.option(
    "--max-s",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Longest clip accepted, in seconds.",
)
@click.option("--workers", type=click.IntRange(min=1), default=2, show_default=True, help="Clips decoded at a time.")
@click.option("--tolerate", is_flag=True, help="Exit with 0 though there are faults; --out leaves them out.")
def check(
    *, name: str, folder: Path, out: Path | None, min_s: float, max_s: float, workers: int, tolerate: bool
) -> None:
    """Check a copy of CORPUS in FOLDER: every clip is decoded, measured and compared with the others.

    The exit status is 1 where there is a fault.
    """
    from emotion_clf.errors import EmotionError
    from emotion_clf.settings import get_settings
    from ml_models.data.check import Limits, examine_all
    from ml_models.data.sources.table import write_table
    from ml_models.data.survey import summary
    from ml_models.errors import TrainingDataError

    if tolerate and out is None:
        raise click.UsageError("--tolerate goes with --out, which leaves faulty clips out.")
    if min_s >= max_s:
        raise click.BadParameter("is not below --max-s.", param_hint="--min-s")
    known, limits = CORPORA[name], Limits(min_s, max_s)
    try:
        reading = known.survey(folder)
        examined = examine_all(reading.clips, limits, workers=workers, ffmpeg_path=get_settings().ffmpeg_path)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    lines, faulty = summary(known, reading, examined, limits)
    for line in lines:
        click.echo(line)
    if out:
        faultless = [item.clip for item in examined if not item.faults]
        write_table(out, faultless)
        click.echo(f"Wrote {len(faultless):,} faultless clip(s) to {out}.")
    sys.exit(int(faulty and not tolerate))
