"""Sound files → printed answers."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import click

from emotion_clf.cli.printing import csv_printer
from emotion_clf.cli.terminal import bar
from emotion_clf.errors import EmotionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.pipeline import ClipAnalysis
    from emotion_clf.predictor import EmotionPredictor
    from emotion_clf.speech import Voice

BAR_WIDTH: Final = 30


def predict_clips(files: tuple[str, ...], *, form: str | None, model: str | None, same_voice: tuple[str, ...]) -> None:
    """Print the answer for each file; exit with 1 where one could not be used."""
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
        lines.append(f"  {label:<{width}} {probability:6.1%} {bar(probability, BAR_WIDTH)}".rstrip())
    lines += [f"  ! {warning.message}" for warning in analysis.warnings]
    return "\n".join(lines)


def _print_csv(answers: Iterator[tuple[str, ClipAnalysis]]) -> None:
    """One row a file; the columns of the probabilities come from the first answer."""
    print_row = csv_printer()
    for file, analysis in answers:
        print_row({"file": file, **analysis.as_row()})
