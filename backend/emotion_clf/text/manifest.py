"""What a text bundle says of itself."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from emotion_clf.bundles import BundleManifest, Described, FileRecord
from emotion_clf.text.taxonomy import EMOTIONS, SUB_EMOTION_LABELS

Number = Annotated[float, Field(allow_inf_nan=False)]
OfEmotions = Annotated[tuple[Number, ...], Field(min_length=len(EMOTIONS), max_length=len(EMOTIONS))]
OfSubEmotions = Annotated[
    tuple[Number, ...], Field(min_length=len(SUB_EMOTION_LABELS), max_length=len(SUB_EMOTION_LABELS))
]


class EncoderSpec(Described):
    """The graph that turns tokens into one vector for each sentence.

    Attributes:
        file: its name.
        dim: length of a vector.
        max_tokens: a longer sentence is cut there.
    """

    file: str = Field("encoder.onnx", pattern=r"^[\w.-]+\.onnx$")
    dim: int = Field(gt=0)
    max_tokens: int = Field(gt=2)


class HeadsSpec(Described):
    """The graph that turns vectors, their neighbours and features into scores.

    Attributes:
        file: its name.
        context: neighbouring sentences it looks at on each side; 0: each sentence on its own.
    """

    file: str = Field("heads.onnx", pattern=r"^[\w.-]+\.onnx$")
    context: int = Field(0, ge=0, le=8)


class EmotionStack(Described):
    """How the scores of heads and linear model add up: heads * logit + linear * margin + bias, for each emotion."""

    heads: OfEmotions
    linear: OfEmotions
    bias: OfEmotions


class SubEmotionStack(Described):
    """The same for each of the 28 labels."""

    heads: OfSubEmotions
    linear: OfSubEmotions
    bias: OfSubEmotions


class Stack(Described):
    """How the two models are added."""

    emotion: EmotionStack
    sub_emotion: SubEmotionStack


class Thresholds(Described):
    """Stacked scores above which a label counts as present where a sentence may have several."""

    emotion: OfEmotions
    sub_emotion: OfSubEmotions


class TextCalibration(Described):
    """Stacked scores → probabilities of which one is the answer: softmax(score / temperature + bias).

    Attributes:
        temperature: above 1 for a model that is too sure of itself.
        bias: of each emotion; puts neutral where speech has it.
    """

    temperature: float = Field(1.0, gt=0, allow_inf_nan=False)
    bias: OfEmotions = (0.0,) * len(EMOTIONS)


class TrainingTexts(Described):
    """A corpus the bundle learnt from."""

    corpus: str
    language: str
    licence: str
    sentences: int = Field(gt=0)


class TextManifest(BundleManifest):
    """The description every text bundle carries as `manifest.json`.

    Numbers of emotions stand in the order of `EMOTIONS`, those of sub-emotions in that of `SUB_EMOTION_LABELS`.

    Attributes:
        tokenizer: file of the tokenizer, as the library `tokenizers` writes it.
        linear: whether the linear model's margins take part in the scores; its files are there in any case, because
            features are computed from them.
        intensity: "rule" for the documented rule, "head" where the heads were trained on degrees people gave.
        uncertain_below: confidence below which an answer is called uncertain.
        libraries: what it was made with.
        scores: what was measured, by corpus.
        reference: the file that counts its held-out answers, see `bundles.Reference`; None: there is none.
    """

    format: Literal[1] = 1
    what: ClassVar[str] = "text model"

    kind: Literal["text"] = "text"
    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    version: str
    title: str
    description: str
    licence: str
    language: Literal["en"] = "en"
    encoder: EncoderSpec
    heads: HeadsSpec
    tokenizer: str = Field("tokenizer.json", pattern=r"^[\w.-]+\.json$")
    linear: bool = True
    stack: Stack
    thresholds: Thresholds
    calibration: TextCalibration = TextCalibration()
    intensity: Literal["rule", "head"] = "rule"
    uncertain_below: float = Field(ge=0, le=1)
    libraries: dict[str, str]
    training_data: tuple[TrainingTexts, ...]
    scores: dict[str, Any]
    reference: str | None = Field(None, pattern=r"^[\w.-]+\.json$")
    files: dict[str, FileRecord]

    @model_validator(mode="after")
    def _margins_are_used_where_they_are_said_to_be(self) -> TextManifest:
        weighs = any(self.stack.emotion.linear) or any(self.stack.sub_emotion.linear)
        if weighs and not self.linear:
            raise ValueError("the stack weighs the linear model's margins, and there is said to be none")
        return self
