"""A recipe: every number that shapes a training run, read from a YAML file."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import yaml

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class EncoderRecipe:
    """The encoder and how it is trained.

    Attributes:
        members: how many encoders, of different seeds, are joined into one embedder.
        channels: width of the stem and of each residual stage.
        embedding_dim: length of the embedding.
        dropout: share of embedding values hidden in training.
        epochs: passes; one pass draws `clips_per_epoch` clips of each corpus.
        clips_per_epoch: corpus name to number of clips; a corpus that is not named is not trained on.
        batch_size: clips per step.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW.
        label_smoothing: share of the target spread over the corpus's other emotions.
        mixup_share: share of steps that mix pairs of clips.
        mixup_alpha: shape of the mixing weights' Beta distribution.
        crop_frames: length of a training excerpt, in frames of 16 ms.
        average_decay: decay of the running average of the weights that is kept as the result.
        augmented_copies: how many disturbed copies of each clip are prepared beside the clean one.
    """

    members: int = 1
    channels: tuple[int, ...] = (16, 32, 64, 96)
    embedding_dim: int = 192
    dropout: float = 0.3
    epochs: int = 30
    clips_per_epoch: dict[str, int] = field(default_factory=dict)
    batch_size: int = 32
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    label_smoothing: float = 0.1
    mixup_share: float = 0.6
    mixup_alpha: float = 0.3
    crop_frames: int = 160
    average_decay: float = 0.998
    augmented_copies: int = 4


@dataclass(frozen=True)
class HeadRecipe:
    """The classifier behind the encoder.

    Attributes:
        pca_variance: share of the variance the principal components keep.
        svm_c: penalty of the support vector machine.
        answered_accuracy: share of right answers wanted among those given; it sets the "uncertain" threshold.
    """

    pca_variance: float = 0.99
    svm_c: float = 1.0
    answered_accuracy: float = 0.7


@dataclass(frozen=True)
class Recipe:
    """One published model's recipe."""

    name: str
    version: str
    title: str
    description: str
    licence: str
    seed: int = 0
    encoder: EncoderRecipe = field(default_factory=EncoderRecipe)
    head: HeadRecipe = field(default_factory=HeadRecipe)

    def with_epochs(self, epochs: int | None) -> Recipe:
        """Give the same recipe with another number of epochs, or itself for None."""
        return self if epochs is None else replace(self, encoder=replace(self.encoder, epochs=epochs))

    def as_dict(self) -> dict[str, Any]:
        """Give plain values, as JSON and YAML hold them."""
        return asdict(self)


def load_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        TrainingDataError: no such file, or a setting that no recipe has.
    """
    if not path.is_file():
        raise TrainingDataError(f"There is no recipe {path}.")
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    encoder = _section(EncoderRecipe, values.pop("encoder", {}), path)
    head = _section(HeadRecipe, values.pop("head", {}), path)
    encoder["channels"] = tuple(encoder.get("channels", EncoderRecipe.channels))
    known = _section(Recipe, values, path)
    return Recipe(**known, encoder=EncoderRecipe(**encoder), head=HeadRecipe(**head))


def _section(kind: type, values: dict[str, Any], path: Path) -> dict[str, Any]:
    unknown = values.keys() - {item.name for item in fields(kind)}
    if unknown:
        raise TrainingDataError(f"{path} has unknown settings: {', '.join(sorted(unknown))}.")
    return dict(values)
