"""The reference of a speech bundle, from the clips it learnt from and the held-out answers of its run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.speech.heads import COMPONENTS
from ml_models.data.corpora import LABEL_SETS, labels_of
from ml_models.errors import TrainingDataError
from ml_models.evaluation.reference import reference
from ml_models.learners.learner import Embedding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from emotion_clf.bundles import Reference
    from emotion_clf.speech.manifest import Manifest
    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.sounds import Sounds
    from ml_models.evaluation.predictions import HeldOutAnswer
    from ml_models.learners.learner import Fitted

    Floats = npt.NDArray[np.floating]


def label_set_of(manifest: Manifest) -> LabelSet:
    """The label set a speech bundle answers with.

    Raises:
        TrainingDataError: there is none with its labels.
    """
    for label_set in LABEL_SETS.values():
        if label_set.labels == manifest.labels:
            return label_set
    raise TrainingDataError(f"No label set has the labels of '{manifest.name}'. Train and publish the model again.")


def learnt_from(clips: Sequence[Clip], manifest: Manifest) -> list[int]:
    """The positions of the clips that a bundle's head learnt from: of its speakers, with an emotion it knows.

    Raises:
        TrainingDataError: some of its speakers are not among the clips.
    """
    labels = labels_of(clips, label_set_of(manifest))
    heard = set(manifest.training_speakers)
    missing = heard - {clip.speaker for clip in clips}
    if not heard or missing:
        raise TrainingDataError(
            f"The model '{manifest.name}' learnt from {len(heard)} speakers, {len(missing)} of whom are not in this "
            "data. Give the data it was trained on."
        )
    return [place for place, clip in enumerate(clips) if clip.speaker in heard and labels[place] >= 0]


def components_of(
    fitted: Fitted, clips: Sequence[Clip], sounds: Sounds, label_set: LabelSet, learnt: Sequence[int]
) -> Floats:
    """What `Reference.components` counts, of every clip whose emotion the label set has, of shape (clips, components).

    Args:
        fitted: a model that has learnt from all of them.
        clips: the data set.
        sounds: their waveforms.
        label_set: what it tells apart.
        learnt: positions of the clips that it has learnt from.
    """
    labels = labels_of(clips, label_set)
    used = [position for position in learnt if labels[position] >= 0]
    if isinstance(fitted, Embedding):
        scaled = fitted.head.scaler.transform(fitted.embed_clips(used))
        reduced: Floats = fitted.head.pca.transform(scaled)[:, :COMPONENTS]
        return reduced
    return fitted.scores([sounds[position] for position in used])[:, :COMPONENTS]


def speech_reference(labels: Sequence[str], answers: Sequence[HeldOutAnswer], components: Floats) -> Reference:
    """The reference of a speech bundle.

    Args:
        labels: every label of the bundle.
        answers: to clips of speakers whom the answering model had not heard.
        components: (clips, components) of the clips that the bundle learnt from.

    Raises:
        TrainingDataError: as `reference`.
    """
    count = len({answer.speaker for answer in answers})
    speakers = f"{count} speaker{'s' if count > 1 else ''}"
    return reference(
        labels,
        [(answer.predicted, answer.confidence) for answer in answers],
        answers_from=f"{len(answers):,} held-out answers to clips of {speakers}, each by a model that had not "
        "heard the speaker",
        components=components[:, :COMPONENTS],
        components_from=f"{len(components):,} clips that the model learnt from",
    )
