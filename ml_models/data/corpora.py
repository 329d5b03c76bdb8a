"""Clips: who said what, in which language, with which acted emotion; and the labels products answer with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

# Every emotion the encoder may learn from. A corpus trains only the emotions it contains.
EMOTIONS = ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgust", "surprised", "boredom")


@dataclass(frozen=True)
class Clip:
    """One recording of one acted emotion.

    Attributes:
        path: where the sound file is.
        corpus: short name, such as "ravdess".
        speaker: unique over all corpora.
        sex: "F", "M", or "" where nobody says.
        language: ISO 639-1 code.
        emotion: one of EMOTIONS, the one that was acted.
        sentence: which text is spoken, by its name in the corpus; equal names are equal texts.
        intensity: how strongly it was acted, in the corpus's words.
        age: of the speaker, in years.
        heard: emotions that most of the listeners to the sound alone heard, several on a tie; none where nobody asked.
    """

    path: Path
    corpus: str
    speaker: str
    sex: str
    language: str
    emotion: str
    sentence: str = ""
    intensity: str = ""
    age: int | None = None
    heard: tuple[str, ...] = ()


@dataclass(frozen=True)
class LabelSet:
    """The emotions a product model answers with, and how acted emotions map to them."""

    name: str
    labels: tuple[str, ...]
    from_emotion: dict[str, str]

    def index_of(self, emotion: str) -> int | None:
        """Give the label's position, or None for an emotion this label set has no place for."""
        label = self.from_emotion.get(emotion)
        return None if label is None else self.labels.index(label)


SIX_EMOTIONS = LabelSet(
    name="six",
    labels=("angry", "disgust", "fear", "happy", "neutral", "sad"),
    from_emotion={
        "neutral": "neutral",
        "calm": "neutral",
        "happy": "happy",
        "sad": "sad",
        "angry": "angry",
        "fearful": "fear",
        "disgust": "disgust",
    },
)
_EIGHT = ("angry", "calm", "disgust", "fearful", "happy", "neutral", "sad", "surprised")
EIGHT_EMOTIONS = LabelSet(name="eight", labels=_EIGHT, from_emotion={emotion: emotion for emotion in _EIGHT})
LABEL_SETS = {label_set.name: label_set for label_set in (SIX_EMOTIONS, EIGHT_EMOTIONS)}
NO_LABEL = -1


def labels_of(clips: Sequence[Clip], label_set: LabelSet) -> npt.NDArray[np.int64]:
    """Give each clip's position in a label set, NO_LABEL for an emotion that has no place there."""
    positions = [label_set.index_of(clip.emotion) for clip in clips]
    return np.array([NO_LABEL if position is None else position for position in positions], dtype=np.int64)


def require_trainable(clips: Iterable[Clip]) -> None:
    """Check that there is something to tell apart.

    Raises:
        TrainingDataError: no clips, a single emotion or a single speaker.
    """
    chosen = tuple(clips)
    if not chosen:
        raise TrainingDataError("There are no clips to train on.")
    emotions = {clip.emotion for clip in chosen}
    if len(emotions) == 1:
        raise TrainingDataError(f"Training needs clips of at least two emotions; all of these are {emotions.pop()}.")
    speakers = {clip.speaker for clip in chosen}
    if len(speakers) == 1:
        raise TrainingDataError(f"Training needs clips of at least two speakers; all of these are by {speakers.pop()}.")


def require_labels(clips: Iterable[Clip], label_set: LabelSet) -> None:
    """Check that every label occurs, so that a model of them can be trained.

    Raises:
        TrainingDataError: a label has no clips.
    """
    found = {label_set.from_emotion.get(clip.emotion) for clip in clips}
    missing = [label for label in label_set.labels if label not in found]
    if missing:
        raise TrainingDataError(f"No clips are {', '.join(missing)}; the model needs all of its emotions.")
