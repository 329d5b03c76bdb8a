"""How the sentences of a text or a recording are printed."""

from __future__ import annotations

import csv
import json
import sys
from typing import TYPE_CHECKING, Any, Final

import click

from emotion_clf.cli.terminal import begins_a_file, writes_unicode
from emotion_clf.spreadsheet import BOM, safe_cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from emotion_clf.pipeline.requests import ReadSentence

    Printer = Callable[[str, ReadSentence, dict[str, str]], None]

_WIDTH: Final = 9
_S_PER_MIN: Final = 60


def printer(form: str | None) -> Printer:
    """What prints one sentence, given where it is from, the sentence, and the name and version of the model.

    Args:
        form: `json`, `csv`, or None for people.
    """
    if form == "csv":
        return _csv_printer()
    return _print_json if form == "json" else _print_line


def _print_line(_source: str, sentence: ReadSentence, _model: dict[str, str]) -> None:
    """One line a sentence; when and by whom come first where that is known."""
    emotion = sentence.emotion
    when = "" if sentence.start_s is None else f"{clock(sentence.start_s)} "
    who = "" if sentence.speaker is None else f"{sentence.speaker}: "
    finer = ", ".join(filter(None, (emotion.intensity, emotion.sub_emotion)))
    read = "" if sentence.translation is None else "from the translation"
    sure = "uncertain" if emotion.uncertain else f"{emotion.confidence:.0%} sure"
    said = f"{emotion.emotion:<{_WIDTH}} ({'; '.join(filter(None, (sure, finer, read)))})"
    meant = "" if sentence.translation is None else f" = {' '.join(sentence.translation.split())}"
    click.echo(f"{when}{said} {who}{' '.join(sentence.text.split())}{meant}")


def _print_json(source: str, sentence: ReadSentence, model: dict[str, str]) -> None:
    click.echo(json.dumps({"source": source, **sentence.as_dict(), "model": model}, ensure_ascii=not writes_unicode()))


def _csv_printer() -> Printer:
    """Return what prints one row a sentence, one column a probability."""
    print_row = csv_printer()

    def show(source: str, sentence: ReadSentence, model: dict[str, str]) -> None:
        print_row(_row(source, sentence, model))

    return show


def csv_printer() -> Callable[[dict[str, Any]], None]:
    """Return what prints rows as CSV; the columns come from the first one.

    A file begins with the mark by which Excel knows UTF-8; a program at the other end of a pipe gets the rows alone.
    """
    writers: list[csv.DictWriter[str]] = []

    def show(row: dict[str, Any]) -> None:
        if not writers:
            if begins_a_file():
                sys.stdout.write(BOM)
            writers.append(csv.DictWriter(sys.stdout, row, lineterminator="\n"))
            writers[0].writeheader()
        writers[0].writerow({name: safe_cell(value) for name, value in row.items()})

    return show


def _row(source: str, sentence: ReadSentence, model: dict[str, str]) -> dict[str, Any]:
    values = sentence.as_dict()
    probabilities = values.pop("probabilities")
    del values["sub_emotions"]
    named = {"model": model["name"], "model_version": model["version"]}
    return {
        "source": source,
        **values,
        **named,
        **{f"p_{emotion}": value for emotion, value in sorted(probabilities.items())},
    }


def clock(seconds: float) -> str:
    """Minutes and seconds, as `3:07.5`."""
    tenths = round(seconds * 10)
    return f"{tenths // (10 * _S_PER_MIN)}:{tenths % (10 * _S_PER_MIN) / 10:04.1f}"
