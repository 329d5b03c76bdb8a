"""How a call went for the customer, from 1 to 10: whether their voice came to sound more pleasant towards its end.

5.5, plus the points of the trajectory (`trajectory.py`) and of the conversation (`conduct.py`), held between 1 and 10.
`docs/scoring.md` has the whole formula. It is no judgement of the agent, whose voice is not looked at.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.calls.components import hundredths
from emotion_clf.calls.conduct import conduct
from emotion_clf.calls.doubt import INTERVAL_COVERS, half_width
from emotion_clf.calls.interaction import interaction
from emotion_clf.calls.path import Quarter, customer_path, judged_s
from emotion_clf.calls.spans import joined, total
from emotion_clf.calls.trajectory import slopes, trajectory
from emotion_clf.calls.valence import unplaced

if TYPE_CHECKING:
    from emotion_clf.calls.components import Component, Evidence
    from emotion_clf.calls.path import Path
    from emotion_clf.calls.timeline import Timeline

LOWEST: Final = 1.0
HIGHEST: Final = 10.0
BASE: Final = 5.5
MIN_JUDGED_S: Final = 15.0
MIN_QUARTER_S: Final = 2.0
MIN_QUARTERS: Final = 2
MIN_COVERAGE: Final = 0.5


@dataclass(frozen=True, slots=True)
class DeescalationScore:
    """How a call went for the customer.

    Attributes:
        value: from 1 to 10; None where there is not enough to go by.
        unclamped: `BASE` and the points of all components; None with the value.
        components: what it is put together from; none without a value.
        interval: between which values it lies with a probability of 90 %, by the classifier's own doubt alone.
        coverage: part of the customer's speech that was judged, in [0, 1]; None where the customer says nothing.
        judged_s: seconds of the customer's speech that were judged.
        quarters: the customer's way through the call; none where nobody speaks.
        reason: why there is no value, as a sentence; None with one.
        notes: sentences on how far to trust it.
    """

    value: float | None
    unclamped: float | None
    components: tuple[Component, ...]
    interval: tuple[float, float] | None
    coverage: float | None
    judged_s: float
    quarters: tuple[Quarter, ...]
    reason: str | None
    notes: tuple[str, ...]

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The places of all components, in order of time, each once."""
        places = {evidence for component in self.components for evidence in component.evidence}
        return tuple(sorted(places, key=lambda place: (place.start_s, place.end_s, place.text)))

    def as_dict(self) -> dict[str, Any]:
        """The score for programs."""
        return {
            "value": None if self.value is None else round(self.value, 1),
            "scale": [LOWEST, HIGHEST],
            "base": BASE,
            "unclamped": self.unclamped,
            "components": [component.as_dict() for component in self.components],
            "interval": None if self.interval is None else [round(end, 1) for end in self.interval],
            "coverage": None if self.coverage is None else round(self.coverage, 4),
            "judged_s": round(self.judged_s, 3),
            "quarters": [quarter.as_dict() for quarter in self.quarters],
            "reason": self.reason,
            "notes": list(self.notes),
        }


def score(timeline: Timeline, *, units_per_s: float = 1.0) -> DeescalationScore:
    """Score a call.

    Args:
        timeline: the call; of the other voices only when they speak is looked at, not what they sound like.
        units_per_s: how many of the timeline's units of time make a second.
    """
    path = customer_path(timeline, units_per_s=units_per_s)
    judged = judged_s(timeline, path.speaker, [point.window for point in path.points])
    coverage = _coverage(timeline, judged)
    known = [quarter for quarter in path.quarters if _is_known(quarter, units_per_s)]
    reason = _reason(judged / units_per_s, coverage, len(known))
    components = () if reason else (*trajectory(known), *_conduct(timeline, units_per_s))
    unclamped = None if reason else hundredths(BASE + math.fsum(component.points for component in components))
    return DeescalationScore(
        value=None if unclamped is None else _held(unclamped),
        unclamped=unclamped,
        components=components,
        interval=None if unclamped is None else _interval(unclamped, half_width(known, slopes(known))),
        coverage=coverage,
        judged_s=judged,
        quarters=path.quarters,
        reason=reason,
        notes=_notes(timeline, path, scored=reason is None),
    )


def _conduct(timeline: Timeline, units_per_s: float) -> list[Component]:
    return conduct(interaction(timeline, units_per_s=units_per_s), units_per_s=units_per_s)


def _coverage(timeline: Timeline, judged: float) -> float | None:
    spoken = joined((turn.start_s, turn.end_s) for turn in timeline.turns if turn.speaker == timeline.customer)
    return judged / total(spoken) if spoken else None


def _is_known(quarter: Quarter, units_per_s: float) -> bool:
    return quarter.valence is not None and quarter.judged_s >= MIN_QUARTER_S * units_per_s


def _reason(judged: float, coverage: float | None, known: int) -> str | None:
    """Why there can be no score.

    Args:
        judged: seconds of the customer's speech that were judged.
        coverage: their part of the customer's speech.
        known: quarters with enough of it.
    """
    if coverage is None:
        return "Not enough speech: no customer is heard in this call."
    if judged < MIN_JUDGED_S:
        return (
            f"Not enough speech: {math.floor(judged)} s of the customer were judged, and a score takes "
            f"{MIN_JUDGED_S:.0f} s. If somebody else is the customer, say so."
        )
    if coverage < MIN_COVERAGE:
        return (
            f"Not enough speech: only {math.floor(100 * coverage)} % of what the customer says could be judged, since "
            f"others speak at the same time or the pieces are too short. A score takes {100 * MIN_COVERAGE:.0f} %."
        )
    if known < MIN_QUARTERS:
        return (
            "Not enough speech: the customer is heard in one quarter of the call only, so there is no way to follow. "
            f"A score takes {MIN_QUARTERS} quarters."
        )
    return None


def _held(value: float) -> float:
    return min(max(value, LOWEST), HIGHEST)


def _interval(middle: float, half: float) -> tuple[float, float]:
    return _held(middle - half), _held(middle + half)


def _notes(timeline: Timeline, path: Path, *, scored: bool) -> tuple[str, ...]:
    found = [INTERVAL_COVERS] if scored else []
    if path.speaker is not None and not timeline.customer_chosen:
        found.append("Who is the customer is a guess; with somebody else for the customer the score is another.")
    if path.speaker is not None and len(timeline.speakers) == 1:
        found.append("Only one voice was told apart, so what takes two sides was not measured.")
    strange = unplaced(timeline.labels)
    if strange:
        found.append(
            f"Taken for neither pleasant nor unpleasant, since nothing is known of them: {', '.join(strange)}."
        )
    return tuple(found)
