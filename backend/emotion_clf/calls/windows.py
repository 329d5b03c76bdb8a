"""A call cut into windows: whose voice is heard in each, and for how long."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.calls.timeline import Window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from emotion_clf.calls.timeline import Layout, Turn

    Span = tuple[float, float]
    Seconds = npt.NDArray[np.floating]

# With less speech than this in a window its speaker cannot be judged by it.
LEAST_SPEECH_S: Final = 0.5


def cut_windows(
    turns: Sequence[Turn],
    speakers: Sequence[str],
    layout: Layout,
    *,
    duration_s: float,
    window_s: float,
    hop_s: float,
) -> tuple[Window, ...]:
    """The windows of a call, none of them judged.

    With a channel for each speaker there is one for each who speaks for half a second; without, one for the speaker
    who speaks most. Where nobody speaks there is one without a speaker.

    Args:
        turns: who speaks when; those of one speaker do not overlap.
        speakers: their names.
        layout: how they were told apart.
        duration_s: length of the recording, in seconds.
        window_s: length of a window.
        hop_s: from the start of one to the start of the next.

    Returns:
        In order of their starts, then of `speakers`.
    """
    starts = np.arange(1 + max(math.ceil((duration_s - window_s) / hop_s - 1e-9), 0)) * hop_s
    ends = np.minimum(starts + window_s, duration_s)
    own = {name: [(turn.start_s, turn.end_s) for turn in turns if turn.speaker == name] for name in speakers}
    speech_s = {name: _within(spans, starts, ends) for name, spans in own.items()}
    overlap_s = {
        name: _within(
            _common(spans, [span for other in speakers if other != name for span in own[other]]), starts, ends
        )
        for name, spans in own.items()
    }
    found = []
    for place, (start, end) in enumerate(zip(starts.tolist(), ends.tolist(), strict=True)):
        heard = [name for name in speakers if speech_s[name][place] >= LEAST_SPEECH_S]
        if layout != "channels" and heard:
            heard = [max(heard, key=lambda name: float(speech_s[name][place]))]
        found += [
            Window(
                round(start, 3),
                round(end, 3),
                name,
                round(float(speech_s[name][place]), 3),
                round(float(overlap_s[name][place]), 3),
            )
            for name in heard
        ] or [Window(round(start, 3), round(end, 3), None, 0.0, 0.0)]
    return tuple(found)


def _within(spans: Sequence[Span], starts: Seconds, ends: Seconds) -> Seconds:
    """Seconds of the spans, in order and apart from one another, that lie between each start and its end."""
    if not spans:
        return np.zeros(len(starts))
    edges = np.array(spans).ravel()
    before = np.concatenate([[0.0], np.cumsum(np.diff(edges) * (np.arange(len(edges) - 1) % 2 == 0))])
    return np.asarray(np.interp(ends, edges, before) - np.interp(starts, edges, before))


def _common(own: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """The spans in which one speaks and somebody else does too."""
    edges = sorted([(start, 1) for start, _ in others] + [(end, -1) for _, end in others])
    busy: list[Span] = []
    depth, since = 0, 0.0
    for time_s, change in edges:
        if depth == 0:
            since = time_s
        depth += change
        if depth == 0 and time_s > since:
            busy.append((since, time_s))
    found = []
    place = 0
    for start, end in own:
        while place < len(busy) and busy[place][1] <= start:
            place += 1
        ahead = place
        while ahead < len(busy) and busy[ahead][0] < end:
            found.append((max(start, busy[ahead][0]), min(end, busy[ahead][1])))
            ahead += 1
    return found
