"""The command line door."""

from __future__ import annotations

import csv
import json
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

import click

from emotion_clf import __version__
from emotion_clf.errors import EmotionError
from emotion_clf.settings import get_settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import NoReturn

    from tqdm import tqdm

    from emotion_clf.pipeline import ClipAnalysis
    from emotion_clf.predictor import EmotionPredictor
    from emotion_clf.speech import Voice

_BAR_WIDTH = 30


class _PluggedGroup(click.Group):
    """A group whose further commands come from the entry points of installed packages."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        plugged = [point.name for point in entry_points(group="emotion_clf.commands")]
        return sorted({*super().list_commands(ctx), *plugged})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None:
            for point in entry_points(group="emotion_clf.commands", name=cmd_name):
                plugged: click.Command = point.load()
                return plugged
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Tell an error of ours in its one sentence."""
        try:
            return super().invoke(ctx)
        except EmotionError as error:
            raise click.ClickException(error.message) from error


@click.group(cls=_PluggedGroup)
@click.version_option(__version__, prog_name="emotion-clf")
def main() -> None:
    """Hear or read people: which emotion, how sure, and why."""


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=False))
@click.option("--json", "form", flag_value="json", help="One JSON object a line.")
@click.option("--csv", "form", flag_value="csv", help="A CSV table.")
@click.option("--model", help="Name of an installed model; the default otherwise.")
@click.option(
    "--same-voice",
    "same_voice",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=False),
    help="Another clip of the voice in FILES, to normalise by; give it several times for several clips.",
)
def predict(files: tuple[str, ...], form: str | None, model: str | None, same_voice: tuple[str, ...]) -> None:
    """Say which emotion is heard in each of FILES.

    With --same-voice all FILES have to be of that one voice.

    A file that cannot be used is named on standard error, the others are answered, and the exit status is 1.
    """
    from tqdm import tqdm

    from emotion_clf.predictor import EmotionPredictor

    failures: list[str] = []
    predictor = EmotionPredictor(model)
    answers = _answers(files, predictor, predictor.hear_voice(same_voice), failures)
    if form == "csv":
        _print_csv(answers)
    else:
        for file, analysis in answers:
            text = json.dumps({"file": file, **analysis.as_dict()}) if form == "json" else _as_text(file, analysis)
            tqdm.write(text, file=sys.stdout)  # above the progress bar, where there is one
    for failure in failures:
        click.echo(failure, err=True)
    if failures:
        sys.exit(1)


def _answers(
    files: tuple[str, ...], predictor: EmotionPredictor, voice: Voice, failures: list[str]
) -> Iterator[tuple[str, ClipAnalysis]]:
    """Each file with its analysis, under a progress bar where there are several and somebody watches."""
    from tqdm import tqdm

    for file in tqdm(files, unit="clip", leave=False, disable=None if len(files) > 1 else True):
        try:
            yield file, predictor.predict_audio(file, voice)
        except EmotionError as error:
            failures.append(f"{file}: {error.message}")


def _as_text(file: str, analysis: ClipAnalysis) -> str:
    prediction = analysis.prediction
    sure = "uncertain" if prediction.uncertain else f"{prediction.confidence:.0%} sure"
    known = f", adapted to {prediction.adapted_to_clips} other clips" if prediction.adapted_to_clips else ""
    lines = [f"{file}: {prediction.label} ({sure}{known})"]
    width = max(map(len, prediction.probabilities))
    for label, probability in prediction.probabilities.items():
        lines.append(f"  {label:<{width}} {probability:6.1%} {'█' * round(probability * _BAR_WIDTH)}".rstrip())
    lines += [f"  ! {warning.message}" for warning in analysis.warnings]
    return "\n".join(lines)


def _print_csv(answers: Iterator[tuple[str, ClipAnalysis]]) -> None:
    """One row a file; the columns of the probabilities come from the first answer."""
    writer: csv.DictWriter[str] | None = None
    for file, analysis in answers:
        row = {"file": file, **analysis.as_row()}
        if writer is None:
            writer = csv.DictWriter(sys.stdout, row, lineterminator="\n")
            writer.writeheader()
        writer.writerow(row)


@main.command()
@click.argument("url")
@click.option("--out", required=True, type=click.Path(file_okay=False), help="Folder for the files.")
@click.option("--captions-only", is_flag=True, help="Only the captions, where there are some.")
def fetch(url: str, out: str, captions_only: bool) -> None:
    """Fetch the sound or video at URL, and its captions, and say what came."""
    from emotion_clf.fetch import fetch as run

    fetched = run(url, out, get_settings(), captions_only=captions_only)
    automatic = ", by machine" if fetched.captions_automatic else ""
    lines = {
        "title": fetched.title,
        "from": f"{fetched.source_host} ({fetched.extractor})",
        "length": None if fetched.duration_s is None else f"{fetched.duration_s:.1f} s",
        "media": fetched.path and f"{fetched.path} ({fetched.size_bytes} bytes)",
        "captions": fetched.captions_path and f"{fetched.captions_path} ({fetched.captions_language}{automatic})",
    }
    for name, value in lines.items():
        if value:
            click.echo(f"{name}: {value}")


@main.command()
@click.argument("file", type=click.Path(exists=False))
@click.option("--engine", "method", help="auto, pocketsphinx, whisper, assemblyai or captions; the setting otherwise.")
@click.option("--language", metavar="CODE", help="The language spoken, such as `de`; found out otherwise.")
@click.option(
    "--captions", metavar="FILE", type=click.Path(exists=False), help="A WebVTT or SRT file of the recording."
)
@click.option("--json", "form", flag_value="json", help="One JSON object, with the times of words.")
@click.option("--vtt", "form", flag_value="vtt", help="WebVTT captions.")
@click.option("--srt", "form", flag_value="srt", help="SRT captions.")
@click.option("--redact", is_flag=True, help="Take out phone numbers, addresses and the like; names stay.")
def transcribe(
    file: str, *, method: str | None, language: str | None, captions: str | None, form: str | None, redact: bool
) -> None:
    """Write down what is said in FILE, with times.

    How far to trust it is said on standard error. Interrupted and started again, it goes on where it was.
    """
    from tqdm import tqdm

    from emotion_clf import transcription

    settings = get_settings()
    with tqdm(total=1.0, leave=False, disable=None, bar_format="{percentage:3.0f} % {bar} {elapsed}") as bar:
        transcript = transcription.transcribe_file(
            file,
            settings,
            method=method,
            language=language,
            captions=captions,
            progress=lambda share: _advance(bar, share),
        )
    if redact:
        redacted = transcription.redact_transcript(transcript, settings.redaction_regions)
        transcript = redacted.transcript
        found = ", ".join(f"{kind} {count}" for kind, count in redacted.found.items())
        click.echo(f"Redacted: {found or 'nothing'}", err=True)
    forms = {"json": transcription.to_json, "vtt": transcription.to_webvtt, "srt": transcription.to_srt}
    click.echo(forms.get(form or "", transcription.to_lines)(transcript).rstrip("\n"))
    for note in transcript.notes:
        click.echo(f"! {note}", err=True)


def _advance(bar: tqdm[NoReturn], share: float) -> None:
    bar.update(max(share - bar.n, 0.0))


@main.command()
def doctor() -> None:
    """Check ffmpeg, models, database and folders, and say what mends each fault."""
    from emotion_clf.doctor import examine

    findings = examine(get_settings())
    for finding in findings:
        click.echo(f"{'ok  ' if finding.ok else 'FAIL'} {finding.subject}: {finding.detail}")
        if not finding.ok:
            click.echo(f"     → {finding.mend}")
    if not all(finding.ok for finding in findings):
        sys.exit(1)


@main.group()
def db() -> None:
    """The database."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the newest revision."""
    from emotion_clf.storage import Database

    database = Database(get_settings().database)
    database.upgrade()
    database.dispose()


@main.command()
@click.pass_context
def serve(ctx: click.Context) -> None:
    """Migrate the database, then run the web server and the worker until interrupted."""
    from emotion_clf.serve import serve as run

    ctx.invoke(upgrade)
    sys.exit(run(get_settings()))


@main.command()
def worker() -> None:
    """Run the worker alone, where the web server runs elsewhere."""
    from emotion_clf.serve import become_worker

    become_worker(get_settings())
