"""What a model learnt from, as counts in bins: the reference that what it meets later is compared with."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Annotated, Final, Literal, Self

from pydantic import Field, ValidationError, model_validator

from emotion_clf.bundles.files import Described, Manifest, check_file
from emotion_clf.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

REFERENCE_NAME: Final = "reference.json"
_ID_CHARACTERS: Final = 16

Number = Annotated[float, Field(allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0)]


class Binned(Described):
    """A quantity cut into bins.

    Attributes:
        edges: where one bin ends and the next begins, ascending; a value on an edge belongs to the bin above it.
        counts: of each bin, one more than there are edges; the first and the last bin have no outer end.
    """

    edges: tuple[Number, ...]
    counts: tuple[Count, ...]

    def place(self, value: float) -> int:
        """The number of the bin a value falls into, from 0."""
        return bisect_right(self.edges, value)

    @model_validator(mode="after")
    def _bins_fit(self) -> Self:
        if len(self.counts) != len(self.edges) + 1 or list(self.edges) != sorted(set(self.edges)):
            raise ValueError("there must be one count more than edges, and edges must ascend")
        if not sum(self.counts):
            raise ValueError("a reference must count something")
        return self


class Reference(Described):
    """Counts from a model's own training.

    Attributes:
        components_from: a phrase for people: whose embeddings `components` counts.
        answers_from: the same of `labels` and `confidence`.
        labels: how often each label was answered to held-out clips or texts.
        confidence: how sure the model was of those answers, in [0, 1].
        components: the first principal components of the embeddings learnt from, or a network's own class scores; none
            where a model has no embedding to compare.
    """

    format: Literal[1] = 1
    components_from: str = ""
    answers_from: str
    labels: dict[str, Count] = Field(min_length=2)
    confidence: Binned
    components: tuple[Binned, ...] = ()

    @model_validator(mode="after")
    def _labels_are_counted(self) -> Self:
        if not sum(self.labels.values()):
            raise ValueError("a reference must count something")
        return self


def reference_of(folder: Path, manifest: Manifest) -> Reference | None:
    """A bundle's reference, after its fingerprint has been compared; None where it brings none.

    Raises:
        ModelError: it is missing, changed or not valid.
    """
    if manifest.reference is None:
        return None
    path = check_file(folder, manifest.reference, manifest)
    try:
        return Reference.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ModelError(
            f"The {manifest.reference} of the model '{manifest.name}' is not valid ({error.error_count()} faults). "
            "Make it again with `emotion-clf reference`, or install the model again."
        ) from error


def reference_id(manifest: Manifest) -> str:
    """Names a bundle's reference by its content, so that counts in its bins are never compared with another's."""
    return manifest.files[manifest.reference or ""].sha256[:_ID_CHARACTERS]
