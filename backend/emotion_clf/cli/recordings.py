"""`fetch` and `transcribe`: from an address to a file, from a file to its words."""

from __future__ import annotations

import click

from emotion_clf.cli.progress import share_bar
from emotion_clf.settings import get_settings


@click.command()
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


@click.command()
@click.argument("file", type=click.Path(exists=False))
@click.option("--engine", "method", help="auto, whisper, assemblyai or captions; the setting otherwise.")
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
    from emotion_clf import transcription

    settings = get_settings()
    with share_bar() as advance:
        transcript = transcription.transcribe_file(
            file,
            settings,
            method=method,
            language=language,
            captions=captions,
            progress=advance,
        )
    if redact:
        redacted = transcription.redact_transcript(transcript, settings.redaction_regions, settings.redaction_engine)
        transcript = redacted.transcript
        found = ", ".join(f"{kind} {count}" for kind, count in redacted.found.items())
        click.echo(f"Redacted: {found or 'nothing'}", err=True)
    forms = {"json": transcription.to_json, "vtt": transcription.to_webvtt, "srt": transcription.to_srt}
    click.echo(forms.get(form or "", transcription.to_lines)(transcript).rstrip("\n"))
    for note in transcript.notes:
        click.echo(f"! {note}", err=True)
