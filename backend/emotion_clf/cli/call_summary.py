"""How a call is told to people in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emotion_clf.cli.printing import clock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from emotion_clf.calls import Timeline
    from emotion_clf.calls.path import Quarter
    from emotion_clf.calls.score import DeescalationScore
    from emotion_clf.pipeline.call_reports import CallReport

_QUARTERS: Final = ("first", "second", "third", "last")


def summary(report: CallReport) -> str:
    """The score with its parts, the quarters of the call and its key moments, line by line."""
    lines = [f"{report.title}: {_speakers(report.timeline)}", "", *_score(report.score)]
    if report.score.quarters:
        lines += ["", "The customer's voice, from -1 (unpleasant) to 1 (pleasant):"]
        lines += [_quarter(quarter) for quarter in report.score.quarters]
    if report.moments:
        lines += ["", "Key moments:"]
        lines += [f"  {clock(moment.start_s):>8}  {moment.text}" for moment in report.moments]
    return "\n".join(lines) + "\n"


def _speakers(timeline: Timeline) -> str:
    length = f"{clock(timeline.duration_s)} min"
    if not timeline.speakers:
        return f"{length}, nobody speaks"
    guessed = "" if timeline.customer_chosen else ", a guess"
    return f"{length}, speakers {', '.join(timeline.speakers)}; the customer is {timeline.customer}{guessed}"


def _score(score: DeescalationScore) -> Iterator[str]:
    if score.value is None:
        yield f"No de-escalation score: {score.reason}"
        return
    low, high = score.interval or (score.value, score.value)
    yield f"De-escalation score: {score.value:.1f} of 10 (90 % interval {low:.1f} to {high:.1f})"
    width = max((len(component.name) for component in score.components), default=0)
    for component in score.components:
        # Adding nothing takes the sign off a zero.
        points = f"{component.points + 0.0:+6.2f}" if component.measured else "   n/a"
        yield f"  {points}  {component.name:<{width}}  {component.sentence}"


def _quarter(quarter: Quarter) -> str:
    place = f"  {_QUARTERS[quarter.number - 1]:<6}  {clock(quarter.start_s):>8} to {clock(quarter.end_s):>8}"
    return f"{place}  {'says nothing' if quarter.valence is None else f'{quarter.valence:+.2f}'}"
