"""One window of a visitor's own call, where it was judged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from emotion_clf.errors import NotFoundError
from emotion_clf.web.services import services
from emotion_clf.web.visitor import visitor_id

if TYPE_CHECKING:
    from emotion_clf.calls import Timeline
    from emotion_clf.storage import StoredCall


@dataclass(frozen=True, slots=True)
class JudgedWindow:
    """A window that got an answer.

    Attributes:
        start_s: its start in the call, in seconds.
        end_s: its end.
        speaker: whose voice it is.
        label: the most probable emotion.
        confidence: its probability.
    """

    start_s: float
    end_s: float
    speaker: str
    label: str
    confidence: float


def owned_call(job_id: str) -> StoredCall:
    """An analysed call of this visitor.

    Raises:
        NotFoundError: there is none, or it is somebody else's (the answer does not tell which).
        JobStateError: it is not analysed yet.
    """
    calls = services().calls
    return calls.get(calls.job(job_id, owner=visitor_id()).id)


def judged_window(timeline: Timeline, number: int) -> JudgedWindow:
    """A window by its place in the timeline, from 0.

    Raises:
        NotFoundError: there is none, nobody speaks in it, or its voice is one that is not judged.
    """
    window = timeline.windows[number] if number < len(timeline.windows) else None
    if window is None or window.label is None or window.speaker is None or window.confidence is None:
        raise NotFoundError("This part of the call has no answer: nobody speaks in it, or the voice is not judged.")
    return JudgedWindow(window.start_s, window.end_s, window.speaker, window.label, window.confidence)
