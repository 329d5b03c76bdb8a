"""`call`: how a recorded call went."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import click

from emotion_clf.cli.progress import share_bar
from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from emotion_clf.pipeline.call_reports import CallReport
    from emotion_clf.pipeline.call_requests import SpeakersFrom

_WAYS: Final = ("auto", "channels", "voices", "one")


@click.command()
@click.argument("file", type=click.Path(exists=False))
@click.option("--json", "form", flag_value="json", help="One JSON object with everything that was found.")
@click.option("--csv", "form", flag_value="csv", help="A CSV table with a row for each window.")
@click.option("--vtt", "form", flag_value="vtt", help="WebVTT cues, to lie over the recording.")
@click.option("--audacity", "form", flag_value="audacity", help="A label track for Audacity.")
@click.option("--customer", metavar="NAME", help="The speaker who is the customer: left, right, A, B …; else a guess.")
@click.option(
    "--speakers",
    type=click.Choice(_WAYS),
    default="auto",
    help="How speakers are told apart: by channels, by voices, or not at all.",
)
@click.option("--hop", "hop_s", type=float, metavar="S", help="Seconds from one window to the next; CALL_HOP_S else.")
@click.option("--model", help="Name of an installed speech model; the default otherwise.")
def call(
    file: str, *, form: str | None, customer: str | None, speakers: str, hop_s: float | None, model: str | None
) -> None:
    """Say how the call recorded in FILE went, for the customer.

    Only the customer's voice is judged. How far to trust it is said on standard error.
    """
    from emotion_clf.pipeline.call_reports import CallReport
    from emotion_clf.pipeline.call_requests import CallOptions
    from emotion_clf.pipeline.calls import CallSteps
    from emotion_clf.speech import ModelRegistry

    settings = get_settings()
    options = CallOptions(model, customer, cast("SpeakersFrom", speakers), hop_s)
    steps = CallSteps(settings, ModelRegistry(settings))
    with tempfile.TemporaryDirectory(prefix="emotion-clf-") as folder, share_bar() as advance:
        analysis = steps.analyse(Path(file), options, Path(folder), progress=advance)
    report = CallReport.of(Path(file).name, analysis.timeline)
    click.echo(_written(report, form), nl=False)
    for note in dict.fromkeys((*report.timeline.notes, *report.score.notes)):
        click.echo(f"! {note}", err=True)


def _written(report: CallReport, form: str | None) -> str:
    from emotion_clf.calls.exports import audacity_labels, timeline_csv, timeline_webvtt
    from emotion_clf.cli.call_summary import summary
    from emotion_clf.cli.terminal import begins_a_file, writes_unicode
    from emotion_clf.spreadsheet import BOM

    if form == "json":
        return json.dumps(report.as_dict(), ensure_ascii=not writes_unicode()) + "\n"
    if form == "csv":
        table = timeline_csv(report.timeline)
        return table if begins_a_file() else table.removeprefix(BOM)
    forms = {"vtt": timeline_webvtt, "audacity": audacity_labels}
    return forms[form](report.timeline) if form in forms else summary(report)
