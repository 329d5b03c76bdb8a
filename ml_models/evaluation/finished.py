"""A finished bundle scored on recordings, through the very code that serves it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from tqdm import tqdm

from emotion_clf.audio import decode_path, hear
from emotion_clf.settings import Settings
from emotion_clf.speech.model import SpeechModel
from ml_models.data.corpora import EMOTIONS, LABEL_SETS, LabelSet, labels_of
from ml_models.errors import TrainingDataError
from ml_models.evaluation.held_out import HeldOut
from ml_models.evaluation.summary import scores_of_answers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip

METRICS_FORMAT = 1
ONE_SPLIT = 1


def score_bundle(bundle: Path, clips: Sequence[Clip], *, heard_too: bool = False) -> dict[str, Any]:
    """Score a bundle on clips of speakers it was not trained on.

    Args:
        bundle: its folder.
        clips: recordings with their emotions.
        heard_too: also score speakers it was trained on; a note says so.

    Raises:
        ModelError: the bundle cannot be used.
        AudioError: a clip cannot be decoded.
        TrainingDataError: no clip is left, or none has an emotion that the bundle knows.
    """
    model = SpeechModel(bundle, Settings())
    label_set = label_set_of(model.manifest.labels)
    trained = set(model.manifest.training_speakers)
    heard = [clip for clip in clips if clip.speaker in trained]
    chosen = list(clips) if heard_too else [clip for clip in clips if clip.speaker not in trained]
    chosen = [clip for clip in chosen if label_set.index_of(clip.emotion) is not None]
    if not chosen:
        raise TrainingDataError(
            f"No clip is left to score: {len(heard)} are by speakers the model was trained on, the others have none of "
            f"its emotions ({', '.join(label_set.labels)}). Bring other speakers, or score these too with --heard-too."
        )
    answers = [
        model.predict(hear(decode_path(clip.path).waveform).waveform).probabilities for clip in tqdm(chosen, "scoring")
    ]
    held_out = HeldOut(
        clips=np.arange(len(chosen)),
        truth=labels_of(chosen, label_set),
        fold=np.full(len(chosen), ONE_SPLIT),
        probabilities=np.array([[answer[label] for label in label_set.labels] for answer in answers]),
        calibrations={},
    )
    return {
        "format": METRICS_FORMAT,
        "bundle": {"name": model.manifest.name, "version": model.manifest.version},
        "protocol": "a finished model on speakers it was not trained on",
        "notes": _notes(len(heard), heard_too=heard_too),
        "label_sets": {label_set.name: scores_of_answers(chosen, held_out, label_set, model.manifest.uncertain_below)},
    }


def label_set_of(labels: Sequence[str]) -> LabelSet:
    """Find the label set of a bundle's labels, or make one that takes emotions by their own names."""
    known = [label_set for label_set in LABEL_SETS.values() if label_set.labels == tuple(labels)]
    if known:
        return known[0]
    return LabelSet("own", tuple(labels), {emotion: emotion for emotion in EMOTIONS if emotion in labels})


def _notes(heard: int, *, heard_too: bool) -> list[str]:
    if not heard:
        return []
    if heard_too:
        return [f"{heard} of the clips are by speakers the model was trained on: this is no test of unknown voices."]
    return [f"Left out {heard} clips by speakers the model was trained on."]
