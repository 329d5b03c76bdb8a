"""Vectors, their neighbours and features → scores: the heads of a bundle, served by ONNX Runtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emotion_clf.errors import ModelError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]
    Turns = npt.NDArray[np.int64]

ROWS: Final = 1024  # at once, so that the neighbours of a long text need little memory


@dataclass(frozen=True, slots=True, eq=False)
class HeadScores:
    """What the heads say of n sentences.

    Attributes:
        emotions: (n, 7) logits.
        sub_emotions: (n, 28) logits.
        intensities: (n, 3) logits; None where no head was trained for them.
    """

    emotions: Floats
    sub_emotions: Floats
    intensities: Floats | None


class Heads:
    """The graph of a bundle's heads. Safe to use from several threads."""

    def __init__(self, session: Any, context: int, *, intensity: bool) -> None:
        """Check that a graph is what its manifest promises.

        Args:
            session: the loaded graph.
            context: neighbours it looks at on each side.
            intensity: whether it gives a degree.

        Raises:
            ModelError: it has other inputs or outputs.
        """
        self._session = session
        self._context = context
        self._outputs = ["emotion_logits", "sub_emotion_logits", *(["intensity_logits"] if intensity else [])]
        expected = {"vectors", "features", *(("neighbours", "neighbour_mask") if context else ())}
        inputs = {one.name for one in session.get_inputs()}
        outputs = {one.name for one in session.get_outputs()}
        if inputs != expected or not outputs.issuperset(self._outputs):
            raise ModelError("The heads of this text model do not fit its manifest. Install the model again.")

    def scores(self, vectors: Floats, features: Floats, turns: Turns) -> HeadScores:
        """Judge n sentences.

        Args:
            vectors: (n, dim).
            features: (n, 42).
            turns: (n,) number of the turn each belongs to; neighbours are those of the same turn.
        """
        parts = [
            self._run(vectors, features, slice(start, start + ROWS), turns) for start in range(0, len(vectors), ROWS)
        ]
        found = [np.concatenate(outputs) for outputs in zip(*parts, strict=True)]
        return HeadScores(found[0], found[1], found[2] if "intensity_logits" in self._outputs else None)

    def _run(self, vectors: Floats, features: Floats, rows: slice, turns: Turns) -> list[Floats]:
        given = {"vectors": vectors[rows], "features": features[rows]}
        if self._context:
            given["neighbours"], given["neighbour_mask"] = neighbourhood(vectors, self._context, rows, turns)
        found: list[Floats] = self._session.run(self._outputs, given)
        return found


def neighbourhood(vectors: Floats, context: int, rows: slice, turns: Turns) -> tuple[Floats, Floats]:
    """The vectors around some of n sentences, and which of them are there.

    Args:
        vectors: (n, dim) in the order of the text.
        context: how many on each side.
        rows: for which m sentences.
        turns: (n,) number of the turn each belongs to.

    Returns:
        (m, 2 * context, dim), from the farthest before to the farthest behind, zeros where there is none; and
        (m, 2 * context) of 1 and 0.
    """
    offsets = np.array([*range(-context, 0), *range(1, context + 1)])
    places = np.arange(len(vectors))[rows, None] + offsets
    inside = (places >= 0) & (places < len(vectors))
    places = np.where(inside, places, 0)
    there = inside & (turns[places] == turns[rows, None])
    neighbours = vectors[places] * there[..., None].astype(np.float32)
    return neighbours, there.astype(np.float32)
