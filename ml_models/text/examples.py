"""Texts with what people heard in them: GoEmotions for training, MELD for measuring, SemEval for intensity."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.text.normalise import normalise
from emotion_clf.text.taxonomy import EMOTIONS, SUB_EMOTION_LABELS, SUB_EMOTIONS
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy.typing as npt

SPLITS: Final = ("train", "dev", "test")
NO_INTENSITY: Final = -1
MELD_NAMES: Final = {"joy": "happiness"}
_MELD_MOJIBAKE: Final = str.maketrans({"\x91": "'", "\x92": "'", "\x85": "...", "\x97": "-", "\xa0": " "})

# Borders between mild, moderate and intense on EI-reg's scale, by emotion: where EI-oc's degrees meet.
INTENSITY_BORDERS: Final = {
    "anger": (0.515, 0.679),
    "fear": (0.667, 0.794),
    "joy": (0.532, 0.686),
    "sadness": (0.541, 0.708),
}


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Normalised texts and their labels.

    Attributes:
        texts: n texts.
        sub_emotions: (n, 28) of 0 and 1, in the order of `SUB_EMOTION_LABELS`; a text may have several.
        intensities: (n,) index into `INTENSITIES`, `NO_INTENSITY` where nobody judged it.
    """

    texts: tuple[str, ...]
    sub_emotions: npt.NDArray[np.float32]
    intensities: npt.NDArray[np.int64]

    @property
    def emotions(self) -> npt.NDArray[np.float32]:
        """(n, 7) of 0 and 1, in the order of `EMOTIONS`: an emotion is there where one of its sub-emotions is."""
        columns = [[SUB_EMOTION_LABELS.index(label) for label in SUB_EMOTIONS[emotion]] for emotion in EMOTIONS]
        return np.stack([self.sub_emotions[:, column].max(axis=1) for column in columns], axis=1)

    def take(self, count: int | None) -> Examples:
        """The first so many, or all for None."""
        return Examples(self.texts[:count], self.sub_emotions[:count], self.intensities[:count])


@dataclass(frozen=True, slots=True, eq=False)
class Dialogue:
    """One conversation.

    Attributes:
        texts: its utterances in order.
        speakers: who says each.
        emotions: (n,) index into `EMOTIONS`, one for each.
    """

    texts: tuple[str, ...]
    speakers: tuple[str, ...]
    emotions: npt.NDArray[np.int64]


def read_goemotions(folder: Path, split: str) -> Examples:
    """One of the official splits with the 28 original labels.

    Args:
        folder: holds `original/{split}.tsv` and `original/labels.txt` as the authors publish them.
        split: one of `SPLITS`.

    Raises:
        TrainingDataError: the files are not there, or not those.
    """
    source = folder / "original"
    try:
        names = (source / "labels.txt").read_text(encoding="utf-8").split()
        lines = (source / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise TrainingDataError(
            f"GoEmotions is not in {folder}: original/{split}.tsv and original/labels.txt are needed. Give its folder "
            "with --data."
        ) from error
    if sorted(names) != list(SUB_EMOTION_LABELS):
        raise TrainingDataError("original/labels.txt does not list the 28 labels of GoEmotions.")
    column_of = [SUB_EMOTION_LABELS.index(name) for name in names]
    labels = np.zeros((len(lines), len(SUB_EMOTION_LABELS)), dtype=np.float32)
    texts = []
    for row, line in enumerate(lines):
        text, numbers, _ = line.split("\t")
        texts.append(normalise(text))
        labels[row, [column_of[int(number)] for number in numbers.split(",")]] = 1.0
    return Examples(tuple(texts), labels, np.full(len(texts), NO_INTENSITY))


def read_meld(path: Path) -> list[Dialogue]:
    """The conversations of one of MELD's files, for measuring alone: nothing is ever trained on them.

    Raises:
        TrainingDataError: the file is not there, or not one of MELD's.
    """
    try:
        with path.open(encoding="utf-8", newline="") as source:
            rows = list(csv.DictReader(source))
        found: dict[str, list[tuple[str, str, int]]] = {}
        for row in rows:
            name = MELD_NAMES.get(row["Emotion"], row["Emotion"])
            text = normalise(row["Utterance"].translate(_MELD_MOJIBAKE))
            found.setdefault(row["Dialogue_ID"], []).append((text, row["Speaker"], EMOTIONS.index(name)))
    except (OSError, KeyError, ValueError) as error:
        raise TrainingDataError(f"{path.name} is not a file of MELD with utterances and emotions.") from error
    dialogues = []
    for turns in found.values():
        texts, speakers, labels = zip(*turns, strict=True)
        dialogues.append(Dialogue(texts, speakers, np.array(labels)))
    return dialogues


def read_intensities(folder: Path) -> Examples:
    """SemEval-2018 EI-reg in English, which may not be passed on: bring your own copy.

    Args:
        folder: holds files such as `EI-reg-En-anger-train.txt`, of ID, tweet, emotion and a score in [0, 1].

    Raises:
        TrainingDataError: no such file is there, or one is not of that form.
    """
    texts: list[str] = []
    degrees: list[int] = []
    for path in sorted(folder.glob("*EI-reg-En-*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines()[1:]:
            fields = line.split("\t")
            try:
                degrees.append(_degree(fields[2], float(fields[3])))
            except (IndexError, KeyError, ValueError) as error:
                raise TrainingDataError(f"{path.name} is not a file of EI-reg.") from error
            texts.append(normalise(fields[1]))
    if not texts:
        raise TrainingDataError(
            "This recipe trains an intensity head: give the folder of SemEval-2018 EI-reg with --intensity-data, or "
            "set heads.intensity to rule."
        )
    return Examples(tuple(texts), np.zeros((len(texts), len(SUB_EMOTION_LABELS)), np.float32), np.array(degrees))


def _degree(emotion: str, score: float) -> int:
    return int(np.searchsorted(INTENSITY_BORDERS[emotion], score, side="right"))


def single_labels(labels: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    """Which rows of (n, k) hold exactly one label."""
    return np.asarray(labels.sum(axis=1) == 1)


def joined(parts: Sequence[Examples]) -> Examples:
    """Several sets of examples as one."""
    return Examples(
        tuple(text for part in parts for text in part.texts),
        np.concatenate([part.sub_emotions for part in parts]),
        np.concatenate([part.intensities for part in parts]),
    )
