"""Score a bundle as it is served: the official test split, speech-like text, and dialogue it never learnt from."""

from __future__ import annotations

from collections import Counter
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.text.taxonomy import EMOTIONS, SUB_EMOTION_LABELS
from ml_models.text.augment import as_spoken
from ml_models.text.deciding import Calibration
from ml_models.text.examples import read_goemotions, read_meld, single_labels
from ml_models.text.measures import multi_label, one_label

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.text.model import TextModel
    from ml_models.text.examples import Dialogue, Examples

MELD_FILES: Final = {"meld_dev": "dev_sent_emo.csv", "meld_train": "train_sent_emo.csv"}
ALONE: Final = "alone"
WITHIN_TURNS: Final = "within_turns"
WAYS: Final = (ALONE, WITHIN_TURNS, "whole_dialogue")
_SURE_MISSES: Final = 12
_LONGEST_MISS: Final = 120


def evaluate(model: TextModel, goemotions: Path, meld: Path | None, *, limit: int | None = None) -> dict[str, Any]:
    """Every figure of the model card.

    Args:
        model: a loaded bundle.
        goemotions: its folder.
        meld: folder of MELD's CSV files; None leaves dialogue out.
        limit: score only the first so many texts, to try the command.

    Raises:
        TrainingDataError: a file is missing.
    """
    test = read_goemotions(goemotions, "test").take(limit)
    generator = np.random.default_rng(0)
    spoken = tuple(as_spoken(text, generator) for text in test.texts)
    figures: dict[str, Any] = {
        "goemotions_test": _comments(model, test, test.texts),
        "goemotions_test_as_spoken": _comments(model, test, spoken),
        "misses": _misses(model, test),
    }
    if meld is not None:
        for name, file in MELD_FILES.items():
            dialogues = read_meld(meld / file)[: None if limit is None else max(1, limit // 10)]
            figures[name] = {way: _dialogues(model, dialogues, way) for way in WAYS}
    return figures


def _comments(model: TextModel, test: Examples, texts: tuple[str, ...]) -> dict[str, Any]:
    emotions, sub_emotions = model.scores(texts, context=False)
    wanted = model.manifest.thresholds
    alone = single_labels(test.emotions)
    return {
        "ekman": multi_label(test.emotions, emotions > np.array(wanted.emotion), EMOTIONS),
        "labels_28": multi_label(test.sub_emotions, sub_emotions > np.array(wanted.sub_emotion), SUB_EMOTION_LABELS),
        "one_emotion": one_label(
            test.emotions[alone].argmax(axis=1), calibration_of(model).probabilities(emotions[alone]), EMOTIONS
        ),
    }


def _dialogues(model: TextModel, dialogues: list[Dialogue], way: str) -> dict[str, Any]:
    calibration = calibration_of(model)
    probabilities = [
        calibration.probabilities(model.scores(talk.texts, context=way != ALONE, turns=_turns(talk, way))[0])
        for talk in dialogues
    ]
    classes = np.concatenate([talk.emotions for talk in dialogues])
    return one_label(classes, np.concatenate(probabilities), EMOTIONS)


def _turns(talk: Dialogue, way: str) -> list[int] | None:
    """The number of each line's turn, where neighbours of the same turn are looked at; else None."""
    if way != WITHIN_TURNS:
        return None
    changes = [one != other for one, other in pairwise(talk.speakers)]
    return [0, *accumulate(map(int, changes))]


def _misses(model: TextModel, test: Examples) -> dict[str, Any]:
    """Which emotions are taken for which, and the surest wrong answers, for people to read."""
    alone = np.flatnonzero(single_labels(test.emotions))
    texts = [test.texts[row] for row in alone]
    emotions, _ = model.scores(texts, context=False)
    probabilities = calibration_of(model).probabilities(emotions)
    truth, decided = test.emotions[alone].argmax(axis=1), probabilities.argmax(axis=1)
    wrong = np.flatnonzero(truth != decided)
    taken = Counter((EMOTIONS[truth[row]], EMOTIONS[decided[row]]) for row in wrong)
    surest = wrong[np.argsort(-probabilities[wrong].max(axis=1))]
    return {
        "taken_for": [{"truth": one, "answer": other, "texts": count} for (one, other), count in taken.most_common(8)],
        "surest": [_miss(texts[row], truth[row], decided[row], probabilities[row]) for row in surest[:_SURE_MISSES]],
    }


def _miss(text: str, truth: int, decided: int, probabilities: npt.NDArray[np.float64]) -> dict[str, Any]:
    return {
        "text": text if len(text) <= _LONGEST_MISS else text[:_LONGEST_MISS] + " …",
        "truth": EMOTIONS[truth],
        "answer": EMOTIONS[decided],
        "confidence": round(float(probabilities.max()), 3),
    }


def calibration_of(model: TextModel) -> Calibration:
    """The calibration a bundle carries."""
    told = model.manifest.calibration
    return Calibration(told.temperature, np.array(told.bias))
