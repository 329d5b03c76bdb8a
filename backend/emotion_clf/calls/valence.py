"""How pleasant an emotion is to the one who speaks: from -1, most unpleasant, to 1, most pleasant.

The table is a choice, not a measurement: it orders the emotions as the valence axis of Russell's circumplex does and
leaves neutral speech at 0. `docs/scoring.md` says why. Calm is pleasant, since a call that ends calm ends well;
surprise may be either, so it is 0.
"""

from __future__ import annotations

import math
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from emotion_clf.calls.timeline import Window

VALENCE: Final[Mapping[str, float]] = MappingProxyType(
    {
        "angry": -1.0,
        "disgust": -0.8,
        "fear": -0.7,
        "fearful": -0.7,
        "sad": -0.6,
        "boredom": -0.3,
        "neutral": 0.0,
        "surprise": 0.0,
        "surprised": 0.0,
        "calm": 0.5,
        "happy": 1.0,
    }
)

# A label of somebody's own bundle: taken for neither, and `unplaced` names it.
_UNKNOWN: Final = 0.0


def label_valence(label: str) -> float:
    """The valence of an emotion; 0 for one that the table does not have."""
    return VALENCE.get(label, _UNKNOWN)


def unplaced(labels: Iterable[str]) -> tuple[str, ...]:
    """The labels that the table does not have, in their order."""
    return tuple(label for label in labels if label not in VALENCE)


def certainty(probabilities: Mapping[str, float]) -> float:
    """How much an answer says: 1 - H(p) / ln K for K labels; 1 where one has everything, 0 where all are alike."""
    if len(probabilities) < 2:  # noqa: PLR2004
        return float(len(probabilities))
    sizes = _normalised(probabilities).values()
    entropy = -math.fsum(size * math.log(size) for size in sizes if size > 0)
    return min(max(1 - entropy / math.log(len(probabilities)), 0.0), 1.0)


def window_valence(window: Window) -> float:
    """The mean valence of a window's labels by their probabilities, times its certainty: in [-1, 1].

    A window that is not judged has no valence; ask for its label first. Here it is 0, as one that knows nothing.
    """
    if not window.probabilities:
        return 0.0
    sizes = _normalised(window.probabilities)
    mean = math.fsum(size * label_valence(label) for label, size in sizes.items())
    return min(max(mean * certainty(window.probabilities), -1.0), 1.0)


def window_doubt(window: Window) -> float:
    """How far from `window_valence` the true valence may lie, by the window's own probabilities.

    Returns:
        The root of the mean square of the distance. An answer that knows nothing is far from many labels: its doubt is
        large, not 0.
    """
    if not window.probabilities:
        return 0.0
    shown = window_valence(window)
    sizes = _normalised(window.probabilities)
    return math.sqrt(math.fsum(size * (label_valence(label) - shown) ** 2 for label, size in sizes.items()))


def _normalised(probabilities: Mapping[str, float]) -> dict[str, float]:
    """Probabilities that were rounded for storage, summing to 1 again."""
    whole = math.fsum(probabilities.values())
    return {label: size / whole for label, size in probabilities.items()} if whole > 0 else dict(probabilities)
