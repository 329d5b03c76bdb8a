"""The command that scores a finished model on recordings: `emotion-clf evaluate BUNDLE`."""

from __future__ import annotations

from pathlib import Path

import click

WORK = Path("runs/work")


@click.command()
@click.argument("bundle", type=click.Path(path_type=Path, file_okay=False, exists=True))
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder with manifest.csv or metadata.csv and the clips it lists, as `emotion-clf corpus check` writes it.",
)
@click.option("--corpus", "corpora", multiple=True, help="Only these corpora; repeatable.")
@click.option("--heard-too", is_flag=True, help="Also score speakers the model was trained on; the result says so.")
@click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default=WORK,
    show_default=True,
    help="Answers that were given already; an evaluation that was stopped goes on from here.",
)
@click.option("--report", type=click.Path(path_type=Path, file_okay=False), help="Write metrics.json and figures here.")
def evaluate(
    *, bundle: Path, data: Path, corpora: tuple[str, ...], heard_too: bool, work: Path, report: Path | None
) -> None:
    """Score BUNDLE, a folder with a manifest.json, on speakers that it was not trained on."""
    from emotion_clf.errors import EmotionError
    from ml_models.data.sources.table import read_table
    from ml_models.errors import TrainingDataError
    from ml_models.evaluation.finished import score_bundle
    from ml_models.evaluation.report import write_report

    try:
        clips = read_table(data, corpora=corpora or None)
        metrics = score_bundle(bundle, clips, heard_too=heard_too, work=work)
    except (TrainingDataError, EmotionError) as error:
        raise click.ClickException(str(error)) from error
    for note in metrics["notes"]:
        click.echo(note)
    for scores in metrics["label_sets"].values():
        for corpus, found in scores["corpora"].items():
            low, high = found["ua_interval"]
            click.echo(
                f"{corpus}: {found['clips']} clips, {found['speakers']} speakers, UA {found['ua']:.3f} "
                f"({low:.3f} to {high:.3f}), WA {found['wa']:.3f}, macro-F1 {found['macro_f1']:.3f}, "
                f"ECE {found['ece']:.3f}"
            )
    if report:
        write_report(report, metrics)
        click.echo(f"Wrote {report}.")
