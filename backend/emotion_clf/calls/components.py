"""What a score is put together from: parts with points, a sentence each, and the places in the call that prove it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Evidence:
    """A place in the call that one can listen to.

    Attributes:
        start_s: its start, in seconds.
        end_s: its end.
        text: what is there, in a few words.
    """

    start_s: float
    end_s: float
    text: str

    def as_dict(self) -> dict[str, Any]:
        """The place for programs."""
        return {"start_s": round(self.start_s, 3), "end_s": round(self.end_s, 3), "text": self.text}


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a score.

    Attributes:
        name: what is looked at.
        points: what it adds, in hundredths; what is shown adds up.
        sentence: why, for people.
        evidence: the places that prove it, in order of time.
        measured: whether it could be measured; else it adds nothing, and the sentence says why.
    """

    name: str
    points: float
    sentence: str
    evidence: tuple[Evidence, ...] = ()
    measured: bool = True

    def as_dict(self) -> dict[str, Any]:
        """The part for programs."""
        return {
            "name": self.name,
            "points": self.points,
            "sentence": self.sentence,
            "measured": self.measured,
            "evidence": [evidence.as_dict() for evidence in self.evidence],
        }


def hundredths(points: float) -> float:
    """Points as they are shown and added up; nothing lost is 0, not -0."""
    return round(points, 2) + 0.0


def signed(valence: float) -> str:
    """A valence with its sign and two decimals."""
    return f"{hundredths(valence):+.2f}"
