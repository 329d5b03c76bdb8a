"""Texts, documents and addresses → printed sentences with their emotions."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emotion_clf.cli.printing import printer
from emotion_clf.cli.progress import share_bar
from emotion_clf.errors import EmotionError, InvalidRequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from emotion_clf.pipeline.requests import Kind
    from emotion_clf.settings import Settings

_TEXT_SUFFIXES = ("", ".md", ".text", ".txt")
_STDIN = "-"


def predict_texts(
    texts: Iterable[str], settings: Settings, *, form: str | None, model: str | None, redact: bool
) -> None:
    """Print the sentences of each text; exit with 1 where one could not be used."""
    from emotion_clf.pipeline.requests import ReadSentence
    from emotion_clf.pipeline.texts import TextAnalyser
    from emotion_clf.text.registry import TextModelRegistry

    analyser = TextAnalyser(TextModelRegistry(settings), settings)
    failures: list[str] = []
    show = printer(form)
    for number, text in enumerate(texts, start=1):
        try:
            analysis = analyser.analyse(_redacted(text, settings) if redact else text, model)
        except EmotionError as error:
            failures.append(f"Text {number}: {error.message}")
            continue
        name = {"name": analysis.model_name, "version": analysis.model_version}
        for position, emotion in enumerate(analysis.sentences):
            show(f"text {number}", ReadSentence(position, emotion.text, None, None, None, emotion), name)
        for note in analysis.notes:
            click.echo(f"! {note}", err=True)
    for failure in failures:
        click.echo(failure, err=True)
    if failures:
        sys.exit(1)


def predict_source(kind: Kind, source: str, settings: Settings, *, form: str | None, **options: Any) -> None:
    """Print the sentences of what lies at an address or in a file; notes on how far to trust them go to standard error.

    Raises:
        EmotionError: it cannot be used.
    """
    speech = {name: value for name, value in options.items() if name not in {"text_model", "redact"} and value}
    if kind == "file" and _is_text(source):
        if speech:
            raise click.UsageError(f"--{next(iter(speech))} does not go with a text.")
        text = _read(source, settings)
        predict_texts([text], settings, form=form, model=options["text_model"], redact=options["redact"])
        return
    analysis = _analysed(kind, source, settings, options)
    model = {"name": analysis.model_name, "version": analysis.model_version}
    show = printer(form)
    for sentence in analysis.sentences:
        show(source, sentence, model)
    for note in analysis.notes:
        click.echo(f"! {note}", err=True)


def _analysed(kind: Kind, source: str, settings: Settings, options: dict[str, Any]) -> Any:
    """The analysis, made in a folder that is gone afterwards, under a bar."""
    from emotion_clf.pipeline.requests import SourceOptions, SourceRequest
    from emotion_clf.pipeline.sources import SourceSteps
    from emotion_clf.text.registry import TextModelRegistry

    chosen = {**options, "model": options["text_model"]}
    del chosen["text_model"]
    request = SourceRequest(kind, source, SourceOptions(**chosen))
    steps = SourceSteps(settings, TextModelRegistry(settings))
    with tempfile.TemporaryDirectory(prefix="emotion-clf-") as folder, share_bar() as advance:
        return steps.analyse(request, Path(folder), progress=advance)


def _is_text(source: str) -> bool:
    return source == _STDIN or Path(source).suffix.lower() in _TEXT_SUFFIXES


def _read(source: str, settings: Settings) -> str:
    """The text of a file or of standard input; one byte over the limit is read, so that the limit is noticed.

    Raises:
        InvalidRequestError: it cannot be read, or is no text.
    """
    try:
        with click.open_file(source, "rb") as stream:
            content: bytes = stream.read(settings.text_max_bytes + 1)
    except OSError as error:
        raise InvalidRequestError(f"{source} cannot be read: {error.strerror}.") from error
    # What was cut inside a character is over the limit, and refused for that.
    cut = len(content) > settings.text_max_bytes
    try:
        return content.decode("utf-8-sig", "replace" if cut else "strict")
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{source} is not a text in UTF-8. Save it as one, or name a recording.") from None


def _redacted(text: str, settings: Settings) -> str:
    from emotion_clf.transcription import redact

    found = redact(text, settings.redaction_regions, settings.redaction_engine)
    click.echo(f"! {found.note}", err=True)
    return found.text
