"""Answers → what is counted of them to see whether a model meets what it learnt from: numbers of bins, nothing else.

An answer is reduced at once to its label, to the bin of its confidence, and to the bin of each component of its
embedding. Nobody can be found again in a sum of these.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, Self

import numpy as np

from emotion_clf.bundles import reference_id
from emotion_clf.pipeline.call_requests import CallAnalysis

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import numpy.typing as npt

    from emotion_clf.bundles import Binned, Reference
    from emotion_clf.bundles.files import Manifest
    from emotion_clf.pipeline.requests import SourceAnalysis
    from emotion_clf.speech import EmotionPrediction, ModelRegistry
    from emotion_clf.text import TextEmotion
    from emotion_clf.text.registry import TextModelRegistry

ObservedKind = Literal["clip", "call", "text"]

OBSERVED_KINDS: Final[tuple[ObservedKind, ...]] = ("clip", "call", "text")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted apart.

    Attributes:
        kind: clips, windows of calls, or sentences.
        model: name of the bundle.
        version: its version.
        reference: names the reference whose bins these are, see `bundles.reference_id`.
    """

    kind: ObservedKind
    model: str
    version: str
    reference: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Answers in the bins of a reference.

    Attributes:
        sources: clips, calls or texts.
        answers: clips, windows or sentences in them.
        labels: answers by label.
        confidence: answers in each bin of the reference's confidence.
        components: the same for each of the reference's components.
    """

    sources: int
    answers: int
    labels: Mapping[str, int]
    confidence: tuple[int, ...]
    components: tuple[tuple[int, ...], ...]

    def __add__(self, other: Counts) -> Counts:
        """Both together; they are of the same reference."""
        return Counts(
            self.sources + other.sources,
            self.answers + other.answers,
            dict(Counter(self.labels) + Counter(other.labels)),
            _sum(self.confidence, other.confidence),
            tuple(_sum(mine, theirs) for mine, theirs in zip(self.components, other.components, strict=True)),
        )

    def as_dict(self) -> dict[str, Any]:
        """The bins for JSON; `of` reads them."""
        return {
            "labels": dict(self.labels),
            "confidence": list(self.confidence),
            "components": [list(counts) for counts in self.components],
        }

    @classmethod
    def of(cls, sources: int, answers: int, fields: Mapping[str, Any]) -> Self:
        """The counts whose bins `as_dict` gave."""
        components = tuple(tuple(counts) for counts in fields["components"])
        return cls(sources, answers, fields["labels"], tuple(fields["confidence"]), components)


@dataclass(frozen=True, slots=True)
class Observation:
    """What is counted of one clip, call or text."""

    subject: Subject
    counts: Counts


def clip_observed(models: ModelRegistry, found: EmotionPrediction) -> Observation | None:
    """Count the answer for a clip; None where its model brings no reference.

    Raises:
        ModelError: the model cannot be used any more.
    """
    model = models.get(found.model_name)
    if model.reference is None or found.embedding is None:
        return None
    return Observation(
        _subject("clip", model.manifest),
        _counts(model.reference, [(found.label, found.confidence)], model.components(found.embedding[None])),
    )


def job_observed(
    models: ModelRegistry, text_models: TextModelRegistry, found: SourceAnalysis | CallAnalysis
) -> Observation | None:
    """Count the result of a job; None where nothing was judged, or the model brings no reference.

    Raises:
        ModelError: the model cannot be used any more.
    """
    if isinstance(found, CallAnalysis):
        return _call_observed(models, found)
    return text_observed(text_models, found.model_name, [sentence.emotion for sentence in found.sentences])


def text_observed(
    models: TextModelRegistry, name: str, sentences: Sequence[TextEmotion], *, texts: int = 1
) -> Observation | None:
    """Count the answers for sentences; None where there are none, or the model brings no reference.

    Args:
        models: the text bundles.
        name: of the one that answered.
        sentences: what it said.
        texts: how many texts they are of.

    Raises:
        ModelError: the model cannot be used any more.
    """
    model = models.get(name)
    if model.reference is None or not sentences:
        return None
    answers = [(sentence.emotion, sentence.confidence) for sentence in sentences]
    return Observation(
        _subject("text", model.manifest), _counts(model.reference, answers, np.empty((0, 0)), sources=texts)
    )


def _call_observed(models: ModelRegistry, found: CallAnalysis) -> Observation | None:
    timeline = found.timeline
    judged = [place for place, window in enumerate(timeline.windows) if window.label is not None]
    model = models.get(timeline.model_name)
    if model.reference is None or not judged:
        return None
    windows = [timeline.windows[place] for place in judged]
    answers = [(str(window.label), window.confidence or 0.0) for window in windows]
    return Observation(
        _subject("call", model.manifest),
        _counts(model.reference, answers, model.components(found.embeddings[judged])),
    )


def _subject(kind: ObservedKind, manifest: Manifest) -> Subject:
    return Subject(kind, manifest.name, manifest.version, reference_id(manifest))


def _counts(
    reference: Reference,
    answers: Sequence[tuple[str, float]],
    components: npt.NDArray[np.float64],
    *,
    sources: int = 1,
) -> Counts:
    """Put answers into the bins of a reference.

    Args:
        reference: of the model that gave them.
        answers: label and confidence of each.
        components: of shape (answers, components); whatever its shape where the reference has none.
        sources: how many clips, calls or texts they are of.
    """
    return Counts(
        sources=sources,
        answers=len(answers),
        labels=dict(Counter(label for label, _ in answers)),
        confidence=_placed(reference.confidence, (confidence for _, confidence in answers)),
        components=tuple(
            _placed(binned, components[:, number].tolist()) for number, binned in enumerate(reference.components)
        ),
    )


def _placed(binned: Binned, values: Iterable[float]) -> tuple[int, ...]:
    found = Counter(binned.place(value) for value in values)
    return tuple(found[number] for number in range(len(binned.counts)))


def _sum(mine: Sequence[int], theirs: Sequence[int]) -> tuple[int, ...]:
    return tuple(one + other for one, other in zip(mine, theirs, strict=True))
