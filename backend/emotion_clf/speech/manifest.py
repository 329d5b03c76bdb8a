"""What a speech bundle says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from emotion_clf.bundles import BundleManifest, Described, FileRecord
from emotion_clf.errors import NotAdaptableError

if TYPE_CHECKING:
    from collections.abc import Iterable

BUNDLE_NAME: Final = r"^[a-z0-9][a-z0-9_-]*$"
HEAD_FILES: Final = (
    "emotion_scaler.pkl",
    "emotion_pca.pkl",
    "emotion_model_svm.pkl",
    "emotion_label_encoder.pkl",
)


class OnnxEmbedderSpec(Described):
    """An encoder of ours: one ONNX graph, waveform in, embedding out.

    Attributes:
        bundle: the bundle beside this one whose file the graph is; None: its own.
        file: name of the graph.
        dim: length of the embedding.
    """

    kind: Literal["onnx"] = "onnx"
    bundle: str | None = Field(None, pattern=BUNDLE_NAME)
    file: str = Field("embedder.onnx", pattern=r"^[\w.-]+\.onnx$")
    dim: int = Field(gt=0)


class HubertEmbedderSpec(Described):
    """A frozen HuBERT of the hub or of a local folder.

    Attributes:
        source: hub name or folder.
        revision: commit on the hub.
        layer: index into the hidden states, -1 for the last layer.
        pooling: how frames become one vector; mean_std doubles its length.
        dim: length of the embedding.
    """

    kind: Literal["hubert"] = "hubert"
    source: str = "facebook/hubert-large-ll60k"
    revision: str | None = None
    layer: int = -1
    pooling: Literal["mean", "mean_std"] = "mean"
    dim: int = Field(1024, gt=0)


EmbedderSpec = Annotated[OnnxEmbedderSpec | HubertEmbedderSpec, Field(discriminator="kind")]


class Adaptation(Described):
    """How the bundle adapts to a voice of which other clips are at hand.

    Attributes:
        prior_clips: how many clips of a voice weigh as much as everybody's statistics.
    """

    prior_clips: float = Field(gt=0, allow_inf_nan=False)


class Strangeness(Described):
    """When a sound is unlike all that the bundle learnt from.

    Attributes:
        threshold: mean squared distance of an embedding from what was learnt, in deviations.
        false_alarms: corpus to the share of clips of speakers who were held out that exceeds it.
    """

    threshold: float = Field(gt=0, allow_inf_nan=False)
    false_alarms: dict[str, float] = Field(default_factory=dict)


class Figure(Described):
    """A plot of the bundle's evaluation, one SVG file of the bundle."""

    file: str = Field(pattern=r"^[\w.-]+\.svg$")
    title: str


class TrainingCorpus(Described):
    """A corpus the bundle learnt from."""

    corpus: str
    language: str
    licence: str
    speakers: int = Field(gt=0)
    clips: int = Field(gt=0)


class Manifest(BundleManifest):
    """The description every bundle carries as `manifest.json`.

    Attributes:
        head: what turns the embedder's output into probabilities: the four fitted steps of `HEAD_FILES`, or a softmax
            over an ONNX graph's own class scores, in the order of `labels`.
        uncertain_below: confidence under which an answer is uncertain.
        uncertain_margin: lead over the second best emotion under which an answer is uncertain.
        strangeness: when a sound is unlike all that was learnt from; None: nothing is known of that.
        temperature: what a softmax head divides the scores by.
        adaptation: how a known voice is met; None: the bundle was not trained for known voices.
        training_speakers: who was heard in training, as the corpora name them.
        figures: plots to show beside the scores.
        reference: the file that counts what was learnt from, see `bundles.Reference`; None: there is none.
    """

    format: Literal[1] = 1
    name: str = Field(pattern=BUNDLE_NAME)
    version: str
    title: str
    description: str
    embedder: EmbedderSpec
    head: Literal["svm", "softmax"] = "svm"
    temperature: float = Field(1.0, gt=0, allow_inf_nan=False)
    adaptation: Adaptation | None = None
    labels: tuple[str, ...] = Field(min_length=2)
    uncertain_below: float = Field(ge=0, le=1)
    uncertain_margin: float = Field(0.0, ge=0, le=1)
    strangeness: Strangeness | None = None
    libraries: dict[str, str]
    training_data: tuple[TrainingCorpus, ...]
    training_speakers: tuple[str, ...] = ()
    licence: str
    scores: dict[str, Any]
    figures: tuple[Figure, ...] = ()
    reference: str | None = Field(None, pattern=r"^[\w.-]+\.json$")
    files: dict[str, FileRecord]

    def is_uncertain(self, probabilities: Iterable[float]) -> bool:
        """Return whether the best of these probabilities is too low, or too close to the second best."""
        best, second = sorted(probabilities, reverse=True)[:2]
        return best < self.uncertain_below or best - second < self.uncertain_margin

    def require_adaptable(self) -> None:
        """Check that the bundle was trained for known voices.

        Raises:
            NotAdaptableError: it was not.
        """
        if self.adaptation is None:
            raise NotAdaptableError(
                f"The model '{self.name}' was not trained to adapt to a voice. Send the clip without other clips of "
                "its voice, or choose a model that adapts."
            )

    @model_validator(mode="after")
    def _softmax_fits(self) -> Manifest:
        """Class scores come from a graph of ours, one for each label, and no voice normalises them."""
        fits = isinstance(self.embedder, OnnxEmbedderSpec) and self.embedder.dim == len(self.labels)
        if self.head == "softmax" and (not fits or self.adaptation is not None):
            raise ValueError("a softmax head needs an ONNX graph with one score for each label, and no adaptation")
        return self
