"""The places of a call that are worth listening to first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from emotion_clf.calls.components import signed
from emotion_clf.calls.interaction import interaction
from emotion_clf.calls.path import customer_path
from emotion_clf.calls.spans import longest
from emotion_clf.calls.swings import swings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.calls.path import Path, Point
    from emotion_clf.calls.spans import Span
    from emotion_clf.calls.timeline import Timeline

MomentKind = Literal["turning point", "peak", "long silence", "overlap"]

# Of one kind; the largest of them.
MAX_OF_A_KIND: Final = 5
LONG_OVERLAP_S: Final = 1.0
PEAK_VALENCE: Final = 0.3
PEAK_SPEECH_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in the call.

    Attributes:
        kind: why it is worth it.
        start_s: its start, in seconds.
        end_s: its end.
        speaker: whose it is; None where nobody or more than one speaks.
        text: a sentence for people.
    """

    kind: MomentKind
    start_s: float
    end_s: float
    speaker: str | None
    text: str

    def as_dict(self) -> dict[str, Any]:
        """The moment for programs."""
        return {
            "kind": self.kind,
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "speaker": self.speaker,
            "text": self.text,
        }


def key_moments(timeline: Timeline) -> tuple[Moment, ...]:
    """The turning points and peaks of the customer's voice, long silences and overlaps, in order of time.

    At most five of a kind, two of the peaks.
    """
    path = customer_path(timeline)
    measured = interaction(timeline)
    overlaps = [span for span in measured.overlaps if span[1] - span[0] >= LONG_OVERLAP_S]
    found = [
        *_turning_points(path),
        *_peaks(path),
        *_stretches("long silence", measured.silences, "Nobody speaks for {:.0f} s."),
        *_stretches("overlap", overlaps, "Both sides speak at once for {:.1f} s."),
    ]
    return tuple(sorted(found, key=lambda moment: (moment.start_s, moment.end_s, moment.kind)))


def _turning_points(path: Path) -> list[Moment]:
    largest = sorted(swings(path.points), key=lambda swing: -abs(swing.after - swing.before))[:MAX_OF_A_KIND]
    return [
        Moment(
            "turning point",
            swing.start_s,
            swing.end_s,
            path.speaker,
            f"The customer's voice becomes {'more' if swing.after > swing.before else 'less'} pleasant: "
            f"from {signed(swing.before)} to {signed(swing.after)}.",
        )
        for swing in largest
    ]


def _peaks(path: Path) -> list[Moment]:
    """The most unpleasant and the most pleasant window, of those that are certain enough to be named."""
    sure = [point for point in path.points if not point.window.uncertain and point.weight >= PEAK_SPEECH_S]
    found = []
    lowest = min(sure, key=lambda point: point.valence, default=None)
    if lowest is not None and lowest.valence <= -PEAK_VALENCE:
        found.append(_peak(path, lowest, "most unpleasant"))
    highest = max(sure, key=lambda point: point.valence, default=None)
    if highest is not None and highest.valence >= PEAK_VALENCE:
        found.append(_peak(path, highest, "most pleasant"))
    return found


def _peak(path: Path, point: Point, how: str) -> Moment:
    window = point.window
    text = f"The customer's voice is at its {how}: {window.label}, {100 * (window.confidence or 0):.0f} %."
    return Moment("peak", window.start_s, window.end_s, path.speaker, text)


def _stretches(kind: MomentKind, spans: Sequence[Span], text: str) -> list[Moment]:
    return [Moment(kind, start, end, None, text.format(end - start)) for start, end in longest(spans, MAX_OF_A_KIND)]
