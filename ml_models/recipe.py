"""A recipe: every number that shapes a training run, read from a YAML file."""

from __future__ import annotations

from dataclasses import field, replace
from typing import TYPE_CHECKING, Annotated, Any, Literal

import yaml
from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from pathlib import Path

STRICT = ConfigDict(extra="forbid")
Augmentation = Literal["noise", "babble", "codec", "speed", "pitch", "gain", "room", "microphone"]
Pooling = Literal["mean", "mean_std"]
LabelSetName = Literal["six", "eight"]
Protocol = Literal["folds", "standard_split"]


@dataclass(frozen=True, config=STRICT)
class EncoderRecipe:
    """The encoder of the embedded model and how it is trained from scratch.

    Attributes:
        kind: names this learner in a recipe.
        members: how many encoders, of different seeds, are joined into one embedder.
        channels: width of the stem and of each residual stage.
        embedding_dim: length of the embedding.
        dropout: share of embedding values hidden in training.
        epochs: passes; one pass draws `clips_per_epoch` clips of each corpus.
        clips_per_epoch: corpus name to number of clips; one for each corpus of the recipe.
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

    kind: Literal["encoder"] = field(default="encoder", repr=False)
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


@dataclass(frozen=True, config=STRICT)
class FrozenRecipe:
    """A frozen HuBERT whose pooled layer goes into a head; nothing of it is trained.

    Attributes:
        kind: names this learner in a recipe.
        source: hub name or folder.
        revision: commit on the hub.
        layer: index into the hidden states, -1 for the last one.
        pooling: how frames become one vector; mean_std doubles its length.
    """

    kind: Literal["frozen"] = "frozen"
    source: str = "facebook/hubert-large-ll60k"
    revision: str | None = None
    layer: int = -1
    pooling: Pooling = "mean"


@dataclass(frozen=True, config=STRICT)
class WhisperRecipe:
    """Whisper's encoder, frozen: mean and deviation over time of its layers, brought to fewer values, go into a head.

    Attributes:
        kind: names this learner in a recipe.
        source: hub name, or folder that holds `model.bin`.
        layers: which blocks' outputs are read, counted from 1; the encoder ends with the last of them.
        dim: length of the embedding: principal components of the statistics, by the training clips of each split.
        augmented_copies: disturbed copies of each training clip that the head learns from beside the clean one.
    """

    kind: Literal["whisper"] = "whisper"
    source: str = "Systran/faster-whisper-base"
    layers: tuple[int, ...] = (1, 2, 3, 4, 5)
    dim: int = 512
    augmented_copies: int = 0


@dataclass(frozen=True, config=STRICT)
class NetworkRecipe:
    """A network that is trained from sound features to classes.

    Attributes:
        kind: names this learner in a recipe.
        architecture: which network.
        mfcc: number of coefficients.
        seconds: length every clip is brought to.
        fit_length: by stretching the time axis, or by cutting and padding with silence.
        epochs: the most passes.
        patience: passes without a better validation score before training stops.
        validation_share: share of the training speakers that are kept for early stopping.
        batch_size: clips per step.
        learning_rate: of Adam.
        weight_decay: of Adam.
        dropout: share of values hidden before the last layers.
        augmented_copies: disturbed copies of each training clip.
        augmentations: which disturbances a copy may meet.
    """

    kind: Literal["network"] = "network"
    architecture: Literal["cnn", "transformer", "cnn_lstm", "ravdess_cnn"] = "cnn"
    mfcc: int = 40
    seconds: float = 3.0
    fit_length: Literal["stretch", "cut"] = "stretch"
    epochs: int = 100
    patience: int = 15
    validation_share: float = 0.2
    batch_size: int = 32
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    dropout: float = 0.3
    augmented_copies: int = 2
    augmentations: tuple[Augmentation, ...] = ("noise", "codec", "speed", "pitch", "gain", "room")


@dataclass(frozen=True, config=STRICT)
class Wav2Vec2Recipe:
    """A wav2vec 2.0 that is fine-tuned, its convolutions frozen, with a classifier on its mean.

    Attributes:
        kind: names this learner in a recipe.
        source: hub name or folder.
        revision: commit on the hub.
        seconds: length every clip is brought to, by stretching.
        epochs: the most passes.
        patience: passes without a better validation score before training stops.
        validation_share: share of the training speakers that are kept for early stopping.
        batch_size: clips per step.
        learning_rate: peak, after a warm-up and before a linear decay.
        weight_decay: of AdamW.
        augmented_copies: disturbed copies of each training clip.
        augmentations: which disturbances a copy may meet.
    """

    kind: Literal["wav2vec2"] = "wav2vec2"
    source: str = "facebook/wav2vec2-base"
    revision: str | None = None
    seconds: float = 3.0
    epochs: int = 20
    patience: int = 4
    validation_share: float = 0.2
    batch_size: int = 8
    learning_rate: float = 3e-5
    weight_decay: float = 0.01
    augmented_copies: int = 1
    augmentations: tuple[Augmentation, ...] = ("noise", "codec", "speed", "gain", "room")


LearnerRecipe = Annotated[
    EncoderRecipe | FrozenRecipe | WhisperRecipe | NetworkRecipe | Wav2Vec2Recipe, Field(discriminator="kind")
]


@dataclass(frozen=True, config=STRICT)
class HeadRecipe:
    """The classifier behind an embedder.

    Attributes:
        kind: support vectors alone, their mean with a logistic regression and a random forest, or a logistic regression
            alone.
        pca: principal components kept: a number of them, or a share of the variance.
        svm_c: penalty of the support vector machines.
        penalty: of the logistic regression's squared coefficients, beside the mean loss of a clip.
        evenness: of that penalty: 1 charges every value of the embedding alike, 0 charges those that vary little more,
            by their variance.
        adapted: also learn from each training speaker's embeddings as that speaker's own statistics normalise them,
            so that the same head serves voices that are known and voices that are not.
    """

    kind: Literal["svm", "ensemble", "logistic"] = "svm"
    pca: float = 0.99
    svm_c: float = 1.0
    penalty: float = 0.01
    evenness: float = 1.0
    adapted: bool = False


@dataclass(frozen=True, config=STRICT)
class SearchRecipe:
    """Settings to choose between, inside the training speakers of each fold.

    Attributes:
        method: every combination, random ones, or Optuna's tree-structured Parzen estimator.
        space: dotted name of a setting ("head.svm_c", "learner.layer") to the values it may take.
        trials: how many combinations are tried, for random and optuna.
        inner_folds: speaker-independent folds of the training speakers.
    """

    method: Literal["grid", "random", "optuna"] = "grid"
    space: dict[str, tuple[float | int | str, ...]] = field(default_factory=dict)
    trials: int = 20
    inner_folds: int = 3


@dataclass(frozen=True, config=STRICT)
class Recipe:
    """One model's recipe.

    Attributes:
        name: of the recipe and of the bundle it makes.
        version: of the bundle.
        title: shown to people.
        description: one sentence.
        licence: of the weights, SPDX.
        corpora: which corpora it is trained and tested on.
        tested_only: corpora that are tested and never learnt from, such as calm natural speech.
        label_sets: what it learns to tell apart; the first is published under the recipe's name, the others under the
            name with the set's own behind it.
        protocol: five speaker-independent folds, or CREMA-D's standard split.
        seed: one seed, one result.
        answered_accuracy: share of right answers wanted among those given; it sets the "uncertain" threshold.
        learner: from sound to classes, or to an embedding.
        head: what classifies an embedding; not used by networks.
        search: which settings are chosen by nested search.
    """

    name: str
    version: str
    title: str
    description: str
    licence: str
    corpora: tuple[str, ...]
    learner: LearnerRecipe
    tested_only: tuple[str, ...] = ()
    label_sets: tuple[LabelSetName, ...] = ("six",)
    protocol: Protocol = "folds"
    seed: int = 0
    answered_accuracy: float = 0.75
    head: HeadRecipe = field(default_factory=HeadRecipe)
    search: SearchRecipe | None = None

    def with_epochs(self, epochs: int | None) -> Recipe:
        """Give the same recipe with another number of epochs, or itself for None or where nothing is trained so."""
        if epochs is None or isinstance(self.learner, FrozenRecipe | WhisperRecipe):
            return self
        return replace(self, learner=replace(self.learner, epochs=epochs))

    def with_source(self, source: str | None) -> Recipe:
        """Give the same recipe with other pre-trained weights, or itself for None or where there are none."""
        if source is None or not isinstance(self.learner, FrozenRecipe | WhisperRecipe | Wav2Vec2Recipe):
            return self
        if isinstance(self.learner, WhisperRecipe):
            return replace(self, learner=replace(self.learner, source=source))
        return replace(self, learner=replace(self.learner, source=source, revision=None))

    def as_dict(self) -> dict[str, Any]:
        """Give plain values, as JSON and YAML hold them."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain


_ADAPTER = TypeAdapter(Recipe)


def load_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises:
        TrainingDataError: no such file, or a setting that no recipe has or that has a value it cannot have.
    """
    if not path.is_file():
        raise TrainingDataError(f"There is no recipe {path}.")
    try:
        return _ADAPTER.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (ValidationError, yaml.YAMLError) as error:
        raise TrainingDataError(f"{path} is no recipe: {_first_fault(error)}") from error


def _first_fault(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return "it is not YAML."
    fault = error.errors()[0]
    where = ".".join(str(part) for part in fault["loc"]) or "the file"
    return f"{where}: {fault['msg']}."
