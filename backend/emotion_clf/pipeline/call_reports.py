"""A timeline → all that is told of a call: its score and its key moments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from emotion_clf.calls.exports import timeline_json
from emotion_clf.calls.moments import key_moments
from emotion_clf.calls.score import score

if TYPE_CHECKING:
    from emotion_clf.calls import Timeline
    from emotion_clf.calls.moments import Moment
    from emotion_clf.calls.score import DeescalationScore


@dataclass(frozen=True, slots=True)
class CallReport:
    """All that is told of a call.

    Attributes:
        title: what people call it.
        timeline: who speaks when, and what the customer's voice sounds like; `for window in timeline` goes through it.
        score: how it went for the customer.
        moments: where to listen first, in order of time.
    """

    title: str
    timeline: Timeline
    score: DeescalationScore
    moments: tuple[Moment, ...]

    @classmethod
    def of(cls, title: str, timeline: Timeline) -> CallReport:
        """The report that follows from a timeline."""
        return cls(title, timeline, score(timeline), key_moments(timeline))

    def as_dict(self) -> dict[str, Any]:
        """The report for programs, the same through every door."""
        return timeline_json(self.timeline, self.score, self.moments, self.title)
