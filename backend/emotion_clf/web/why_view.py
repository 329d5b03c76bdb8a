"""An explanation for the pages: its sentence, its rows, and the strip that shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotion_clf.web.presentation import look_of

if TYPE_CHECKING:
    from emotion_clf.speech.saliency import Saliency


@dataclass(frozen=True, slots=True)
class Stretch:
    """One stretch in the strip and in the table.

    Attributes:
        start_s: its start, in seconds.
        end_s: its end.
        effect: in log-odds.
        x: its left edge, in per cent of the strip.
        width: its width, in per cent of the strip.
        height: its height, in per cent of half the strip.
    """

    start_s: float
    end_s: float
    effect: float
    x: float
    width: float
    height: float


def stretches(saliency: Saliency) -> list[Stretch]:
    """The stretches, the strongest as high as half the strip."""
    length_s = float(saliency.end_s[-1] - saliency.start_s[0])
    most = float(abs(saliency.effect).max()) or 1.0
    cells = zip(saliency.start_s.tolist(), saliency.end_s.tolist(), saliency.effect.tolist(), strict=True)
    return [
        Stretch(
            start_s,
            end_s,
            effect,
            x=round(100 * (start_s - float(saliency.start_s[0])) / length_s, 3),
            width=round(100 * (end_s - start_s) / length_s, 3),
            height=round(50 * abs(effect) / most, 2),
        )
        for start_s, end_s, effect in cells
    ]


def sentence(saliency: Saliency, label: str) -> str:
    """What the strip says, in words."""
    word = look_of(label).word
    strongest, opposing = saliency.strongest, saliency.opposing
    if strongest is None:
        said = f"No single stretch speaks for “{word}”: leaving out any of them hardly changes the answer."
    else:
        said = f"What speaks most for “{word}” is heard from {strongest[0]:.1f} to {strongest[1]:.1f} s."
    if opposing is not None:
        said += f" From {opposing[0]:.1f} to {opposing[1]:.1f} s the voice speaks most against it."
    return said


def as_json(saliency: Saliency, label: str, note: str | None = None) -> dict[str, Any]:
    """The explanation for programs and for the pages' scripts."""
    return {"label": label, **saliency.as_dict(), "sentence": sentence(saliency, label), "note": note}
