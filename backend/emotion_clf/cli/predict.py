"""`predict`: the emotion of voices, of words, or of what is said at an address."""

from __future__ import annotations

from typing import Any

import click

from emotion_clf.settings import get_settings

_VOICES = ("model", "same_voice")
_SPEECH = ("engine", "language", "speakers")
_WORDS = ("text_model", "redact")


@click.command()
@click.argument("files", nargs=-1, type=click.Path(exists=False))
@click.option("--text", "texts", multiple=True, metavar="TEXT", help="A text to read; give it several times.")
@click.option(
    "--file",
    "document",
    metavar="FILE",
    type=click.Path(exists=False),
    help="A text to read (- is standard input), captions, or a recording whose words are read.",
)
@click.option("--url", metavar="URL", help="A video or sound on the web, whose words are read.")
@click.option("--json", "form", flag_value="json", help="One JSON object a line: for each file, or each sentence.")
@click.option("--csv", "form", flag_value="csv", help="A CSV table.")
@click.option("--model", help="FILES: name of an installed speech model; the default otherwise.")
@click.option(
    "--same-voice",
    "same_voice",
    multiple=True,
    metavar="FILE",
    type=click.Path(exists=False),
    help="FILES: another clip of their voice, to normalise by; give it several times for several clips.",
)
@click.option("--text-model", "text_model", help="Words: name of an installed text model; the default otherwise.")
@click.option("--redact", is_flag=True, help="Words: take out phone numbers, addresses and the like; names stay.")
@click.option("--engine", help="URL or recording: what writes down speech, as `transcribe` takes it.")
@click.option("--language", metavar="CODE", help="URL or recording: the language spoken; found out otherwise.")
@click.option("--speakers", is_flag=True, help="URL or recording: tell speakers apart by their voices (experimental).")
def predict(
    files: tuple[str, ...], texts: tuple[str, ...], document: str | None, url: str | None, **options: Any
) -> None:
    """Say which emotion is heard in each of FILES, or read in words.

    FILES are recordings of voices: how it is said counts. With --text, --file or --url it is what is said, sentence by
    sentence. With --same-voice all FILES have to be of that one voice.

    A file or text that cannot be used is named on standard error, the others are answered, and the exit status is 1.
    """
    _check_source(files, texts, document, url)
    form = options.pop("form")
    if files:
        from emotion_clf.cli.clips import predict_clips

        _refuse(options, (*_SPEECH, *_WORDS), "FILES")
        predict_clips(files, form=form, model=options["model"], same_voice=options["same_voice"])
        return
    from emotion_clf.cli import words

    _refuse(options, _VOICES, "words")
    if texts:
        _refuse(options, _SPEECH, "--text")
        words.predict_texts(texts, get_settings(), form=form, model=options["text_model"], redact=options["redact"])
        return
    words.predict_source("url" if url else "file", url or document or "", get_settings(), form=form, **options)


def _check_source(*sources: tuple[str, ...] | str | None) -> None:
    """Exactly one kind of source is given.

    Raises:
        click.UsageError: none, or several.
    """
    if sum(map(bool, sources)) != 1:
        raise click.UsageError("Give either FILES, or --text, or --file, or --url.")


def _refuse(options: dict[str, Any], names: tuple[str, ...], source: str) -> None:
    """Take these options out; none of them may have been given.

    Raises:
        click.UsageError: one was.
    """
    for name in names:
        if options.pop(name):
            raise click.UsageError(f"--{name.replace('_', '-')} does not go with {source}.")
