"""A call → rows for spreadsheets, JSON, WebVTT cues, an Audacity label track."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_clf.calls.interaction import interaction
from emotion_clf.calls.path import customer_path
from emotion_clf.calls.spans import joined
from emotion_clf.calls.valence import window_valence
from emotion_clf.spreadsheet import to_csv
from emotion_clf.transcription.exports import clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.moments import Moment
    from emotion_clf.calls.score import DeescalationScore
    from emotion_clf.calls.timeline import Timeline, Window

_COLUMNS = ("start_s", "end_s", "speaker", "speech_s", "overlap_s", "label", "confidence", "uncertain", "valence")


def timeline_csv(timeline: Timeline) -> str:
    """A row for each window; where nobody is judged, what only a judged one has is empty."""
    columns = [*_COLUMNS, *(f"p_{label}" for label in timeline.labels)]
    return to_csv(columns, (_row(window) for window in timeline.windows))


def timeline_json(
    timeline: Timeline, score: DeescalationScore, moments: Sequence[Moment], title: str
) -> dict[str, Any]:
    """Everything that is known of a call, for programs.

    Args:
        timeline: the call.
        score: its score.
        moments: its key moments.
        title: what people call it.
    """
    return {
        "title": title,
        "timeline": timeline.as_dict(),
        "path": customer_path(timeline).as_dict(),
        "interaction": interaction(timeline).as_dict(),
        "score": score.as_dict(),
        "moments": [moment.as_dict() for moment in moments],
    }


def timeline_webvtt(timeline: Timeline) -> str:
    """A cue for each judged window and for each stretch in which nobody speaks; notes become comments."""
    notes = [f"NOTE {_one_line(note).replace('-->', '→')}" for note in timeline.notes]
    cues = [
        f"{clock(start_s, '.')} --> {clock(max(end_s, start_s + 0.001), '.')}\n{_escaped(text)}"
        for start_s, end_s, text in sorted([*_judged(timeline), *_silent(timeline)])
    ]
    return "\n\n".join(["WEBVTT", *notes, *cues]) + "\n"


def audacity_labels(timeline: Timeline) -> str:
    """A label track for Audacity: start, end and text of each judged window, apart by tabs."""
    lines = [f"{start_s:.6f}\t{end_s:.6f}\t{_one_line(text)}\n" for start_s, end_s, text in _judged(timeline)]
    return "".join(lines)


def _row(window: Window) -> dict[str, object]:
    fields = window.as_dict()
    probabilities = fields.pop("probabilities")
    if window.label is None:
        fields["uncertain"] = None
    return {
        **fields,
        "valence": None if window.label is None else round(window_valence(window), 4),
        **{f"p_{label}": value for label, value in probabilities.items()},
    }


def _judged(timeline: Timeline) -> list[tuple[float, float, str]]:
    """Start, end and a few words for each judged window, in order of time."""
    found = []
    for window in timeline.windows:
        if window.label is not None:
            who = "customer" if window.speaker == timeline.customer else f"other voice {window.speaker}"
            perhaps = "perhaps " if window.uncertain else ""
            words = f"{who}: {perhaps}{window.label} {100 * (window.confidence or 0):.0f} %"
            found.append((window.start_s, window.end_s, words))
    return sorted(found)


def _silent(timeline: Timeline) -> list[tuple[float, float, str]]:
    """The stretches of windows in which nobody speaks, joined."""
    silent = joined((window.start_s, window.end_s) for window in timeline.windows if window.speaker is None)
    return [(start_s, end_s, "[no speech]") for start_s, end_s in silent]


def _escaped(text: str) -> str:
    return _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(text: str) -> str:
    """Line breaks become blanks: an empty line would end the cue."""
    return " ".join(text.split())
