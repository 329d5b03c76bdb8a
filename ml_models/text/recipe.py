"""A text model's recipe: every number that shapes its training, read from a YAML file."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from ml_models.errors import TrainingDataError

STRICT = ConfigDict(extra="forbid")
RECIPES: Final = Path(__file__).with_name("recipes")


@dataclass(frozen=True, config=STRICT)
class VocabularyRecipe:
    """Which pieces of the encoder's vocabulary are kept.

    Attributes:
        least_count: how often a piece has to occur in the training texts.
        common: the first so many pieces of the vocabulary are kept in any case; WordPiece lists common ones first.
    """

    least_count: int = 2
    common: int = 10_000


@dataclass(frozen=True, config=STRICT)
class EncoderRecipe:
    """The pre-trained encoder that is fine-tuned.

    Attributes:
        source: folder or hub name of a transformers model with a fast tokenizer, or `package:NAME/FOLDER` for a folder
            of an installed Python package.
        revision: commit on the hub.
        licence: of its weights, SPDX.
        vocabulary: how its vocabulary is pruned; None keeps all of it.
        max_tokens: where a sentence is cut when the model is served.
    """

    source: str
    licence: str
    revision: str | None = None
    vocabulary: VocabularyRecipe | None = None
    max_tokens: int = 128


@dataclass(frozen=True, config=STRICT)
class HeadsRecipe:
    """The heads behind the encoder.

    Attributes:
        context: sentences on each side that the contextual attention looks at.
        attention_dim: width of that attention.
        feature_dim: width of the layer over the linguistic features.
        dropout: share of values hidden in training.
        sub_emotion_weight: weight of the sub-emotions' loss beside the emotions'.
        intensity: `head` trains one on SemEval-2018 EI-reg, which you have to bring; `rule` takes the product's rule.
        intensity_weight: weight of that head's loss.
    """

    context: int = 2
    attention_dim: int = 64
    feature_dim: int = 64
    dropout: float = 0.1
    sub_emotion_weight: float = 2.0
    intensity: Literal["rule", "head"] = "rule"
    intensity_weight: float = 0.5


@dataclass(frozen=True, config=STRICT)
class FittingRecipe:
    """How the network is fitted.

    Attributes:
        epochs: passes over the training comments.
        batch_size: comments per step.
        learning_rate: peak of the encoder's top layer.
        heads_learning_rate: peak of the heads.
        layer_decay: what the rate is multiplied by from each layer to the one below.
        warm_up: share of the steps before the peak.
        max_tokens: where a comment is cut in training.
        bfloat16: compute in bfloat16 where that is exact enough.
        spoken_share: share of comments turned into speech-like text: lower case, no punctuation, fillers.
        context_share: share of comments of several sentences that are taken apart into a part to judge and its
            neighbour.
        foreign_share: share of comments that get a comment of somebody else as neighbour, to learn to ignore it.
    """

    epochs: int = 4
    batch_size: int = 32
    learning_rate: float = 1.5e-4
    heads_learning_rate: float = 5e-4
    layer_decay: float = 0.9
    warm_up: float = 0.1
    max_tokens: int = 48
    bfloat16: bool = True
    spoken_share: float = 0.2
    context_share: float = 0.3
    foreign_share: float = 0.1


@dataclass(frozen=True, config=STRICT)
class LinearRecipe:
    """The linear model that votes beside the network.

    Attributes:
        word_terms: how many words and pairs of words it knows at most.
        character_terms: how many runs of 3 to 5 characters.
        penalty: C of its support vector machines.
    """

    word_terms: int = 25_000
    character_terms: int = 25_000
    penalty: float = 0.1


@dataclass(frozen=True, config=STRICT)
class TextRecipe:
    """One text model's recipe.

    Attributes:
        name: of the recipe.
        bundle: of the bundle it makes.
        version: of the bundle.
        title: shown to people.
        description: one sentence.
        licence: of the weights, SPDX.
        encoder: what is fine-tuned.
        heads: what is put on top.
        fitting: how.
        linear: what votes beside it; its word statistics are among the features too.
        seed: one seed, one result.
        int8: whether the encoder is published in 8-bit integers.
        answered_accuracy: share of right answers wanted among those given; it sets the "uncertain" threshold.
    """

    name: str
    bundle: str
    version: str
    title: str
    description: str
    licence: str
    encoder: EncoderRecipe
    heads: HeadsRecipe = field(default_factory=HeadsRecipe)
    fitting: FittingRecipe = field(default_factory=FittingRecipe)
    linear: LinearRecipe = field(default_factory=LinearRecipe)
    seed: int = 0
    int8: bool = True
    answered_accuracy: float = 0.75


def read_text_recipe(name_or_path: str | Path) -> TextRecipe:
    """Read a recipe of that name, or from that YAML file.

    Raises:
        TrainingDataError: there is none, or it is not valid.
    """
    path = Path(name_or_path)
    if path.suffix not in {".yaml", ".yml"}:
        path = RECIPES / f"{name_or_path}.yaml"
    try:
        values: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(TextRecipe).validate_python(values)
    except OSError as error:
        known = ", ".join(sorted(found.stem for found in RECIPES.glob("*.yaml")))
        raise TrainingDataError(f"There is no text recipe '{name_or_path}'. There are: {known}.") from error
    except (ValidationError, yaml.YAMLError) as error:
        raise TrainingDataError(f"The recipe {path.name} is not valid: {error}") from error
