"""What a network is taught: who it learns from, who stops it, and how much each class counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from ml_models.data.corpora import require_labels, require_trainable
from ml_models.networks.validation import part_speakers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt
    from torch import Tensor

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.networks.features import FeatureBank
    from ml_models.recipe import NetworkRecipe, Wav2Vec2Recipe


@dataclass(frozen=True)
class Examples:
    """Features and targets of some clips.

    Attributes:
        copies: the clean clips' features, clip by clip, then those of each augmented copy.
        targets: (clips,) class of each.
    """

    copies: tuple[list[Tensor], ...]
    targets: Tensor

    def __len__(self) -> int:
        return len(self.targets)

    def batch(self, clips: npt.NDArray[np.int64], copies: npt.NDArray[np.int64]) -> Tensor:
        """Give the features (clips, ...) of the named copy of each named clip."""
        pairs = zip(clips.tolist(), copies.tolist(), strict=True)
        return torch.stack([self.copies[copy][clip] for clip, copy in pairs])

    def everything(self) -> Tensor:
        """Give the features (copies * clips, ...) of all copies."""
        return torch.stack([features for copy in self.copies for features in copy])


@dataclass(frozen=True)
class Lesson:
    """Everything that training may look at.

    Attributes:
        learn: clips and copies of the speakers who are learnt from.
        validate: clean clips of the speakers who are kept for early stopping.
        class_weights: (labels,) inverse to how often each is learnt from; they average 1 over those clips.
    """

    learn: Examples
    validate: Examples
    class_weights: Tensor


def prepare_lesson(
    clips: Sequence[Clip],
    bank: FeatureBank,
    train: Sequence[int],
    label_set: LabelSet,
    recipe: NetworkRecipe | Wav2Vec2Recipe,
    *,
    seed: int,
    title: str,
) -> Lesson:
    """Part the training speakers and fetch their features; clips whose emotion the label set lacks are left out.

    Args:
        clips: the whole data set.
        bank: its features.
        train: positions of the training clips.
        label_set: what to tell apart.
        recipe: share of the validation speakers and number of copies.
        seed: of the choice of validation speakers.
        title: shown beside progress bars.

    Raises:
        TrainingDataError: nothing to tell apart, a label without clips, or a single speaker.
    """
    chosen = [index for index in train if label_set.index_of(clips[index].emotion) is not None]
    require_trainable(clips[index] for index in chosen)
    require_labels((clips[index] for index in chosen), label_set)
    learn, validate = part_speakers(clips, chosen, recipe.validation_share, seed=seed)

    def examples(positions: Sequence[int], copies: int) -> Examples:
        targets = [label_set.labels.index(label_set.from_emotion[clips[index].emotion]) for index in positions]
        made = tuple(bank.features(positions, copy, title=title) for copy in range(copies + 1))
        return Examples(made, torch.tensor(targets))

    taught = examples(learn, recipe.augmented_copies)
    counts = torch.bincount(taught.targets, minlength=len(label_set.labels))
    return Lesson(taught, examples(validate, 0), len(learn) / (int((counts > 0).sum()) * counts.clamp(min=1)))
