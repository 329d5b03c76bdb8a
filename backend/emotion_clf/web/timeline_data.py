"""A timeline → what the page's script draws, as small as it can be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from emotion_clf.calls.path import customer_path
from emotion_clf.pipeline.call_requests import PEAKS_PER_S
from emotion_clf.web.call_words import role, speaker_name
from emotion_clf.web.presentation import look_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from emotion_clf.calls import Timeline, Window


def timeline_data(timeline: Timeline, peaks: npt.NDArray[np.uint8]) -> dict[str, Any]:
    """The timeline for the script.

    Args:
        timeline: the call.
        peaks: uint8 of shape (channels, eighths of a second).

    Returns:
        `windows` hold their number in the timeline, start, end, lane, label (-1: not judged), confidence in per cent,
        whether uncertain, and the probabilities in per cent in the order of `labels`; `points` hold time, valence and
        smoothed valence of the customer.
    """
    lanes = {speaker: place for place, speaker in enumerate(timeline.speakers)}
    return {
        "duration_s": timeline.duration_s,
        "peaks_per_s": PEAKS_PER_S,
        "peaks": peaks.tolist(),
        "labels": [{"name": label, "word": look_of(label).word} for label in timeline.labels],
        "lanes": [
            {
                "name": speaker_name(speaker),
                "role": role(timeline, speaker),
                "judged": any(window.speaker == speaker and window.label for window in timeline.windows),
                "turns": [
                    [round(turn.start_s, 2), round(turn.end_s, 2)] for turn in timeline.turns if turn.speaker == speaker
                ],
            }
            for speaker in timeline.speakers
        ],
        "windows": [
            _window(timeline, number, window, lanes[window.speaker])
            for number, window in enumerate(timeline.windows)
            if window.speaker in lanes
        ],
        "points": [
            [round(point.time_s, 2), round(point.valence, 3), round(point.smoothed, 3)]
            for point in customer_path(timeline).points
        ],
        "hop_s": timeline.hop_s,
    }


def _window(timeline: Timeline, number: int, window: Window, lane: int) -> list[Any]:
    probabilities = window.probabilities or {}
    return [
        number,
        round(window.start_s, 2),
        round(window.end_s, 2),
        lane,
        -1 if window.label is None else timeline.labels.index(window.label),
        round(100 * (window.confidence or 0.0), 1),
        int(window.uncertain),
        [round(100 * probabilities[label], 1) for label in timeline.labels] if probabilities else [],
    ]
