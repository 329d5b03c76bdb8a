"""The reference of a bundle: what was learnt from, counted in bins, so that drift can be told later."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_clf.bundles import REFERENCE_NAME, Reference
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import numpy.typing as npt

    from emotion_clf.bundles import BundleManifest

    Floats = npt.NDArray[np.floating]

BINS = 10
DIGITS = 6


def reference(
    labels: Sequence[str],
    answers: Iterable[tuple[str, float]],
    *,
    answers_from: str,
    components: Floats | None = None,
    components_from: str = "",
) -> Reference:
    """Count answers and components in ten bins each, cut so that the training has a tenth in each.

    Args:
        labels: every label of the bundle.
        answers: label and confidence of each held-out answer.
        answers_from: a phrase on where those come from.
        components: (clips, components) of what was learnt from; None for a model without an embedding to compare.
        components_from: a phrase on where those come from.

    Raises:
        TrainingDataError: there are no answers, or one of another label.
    """
    rows = list(answers)
    counted = Counter(label for label, _ in rows)
    if not rows or counted.keys() - set(labels):
        raise TrainingDataError("The held-out answers are not those of this bundle. Train and publish it again.")
    columns = [] if components is None else [components[:, place] for place in range(components.shape[1])]
    return Reference.model_validate(
        {
            "answers_from": answers_from,
            "components_from": components_from,
            "labels": {label: counted[label] for label in labels},
            "confidence": binned(np.array([confidence for _, confidence in rows])),
            "components": [binned(column) for column in columns],
        }
    )


def binned(values: Floats) -> dict[str, Any]:
    """Cut values at their deciles; equal deciles are one edge."""
    inner = np.quantile(values, np.arange(1, BINS) / BINS)
    edges = np.unique(np.round(inner.astype(np.float64), DIGITS))
    places = np.searchsorted(edges, values.astype(np.float64), side="right")
    return {"edges": edges.tolist(), "counts": np.bincount(places, minlength=len(edges) + 1).tolist()}


def write_reference(folder: Path, found: Reference) -> str:
    """Write the file of a reference into a bundle's folder, and give its name."""
    (folder / REFERENCE_NAME).write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return REFERENCE_NAME


def add_reference(folder: Path, found: Reference, kind: type[BundleManifest]) -> None:
    """Put a reference into a bundle and name it in the manifest; every other file stays as it is.

    Args:
        folder: the bundle.
        found: its reference.
        kind: of its manifest.

    Raises:
        ModelError: the bundle's manifest is not valid.
    """
    fields = kind.read(folder).model_dump(mode="json", exclude={"files"})
    kind.write(folder, fields | {"reference": write_reference(folder, found)})
