from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.calls import Turn, Window
from emotion_clf.calls.windows import LEAST_SPEECH_S, cut_windows

EDGES = st.lists(st.integers(0, 300), unique=True, min_size=0, max_size=16).map(sorted)


def cut(turns: list[Turn], duration_s: float, layout: str = "channels", hop_s: float = 3.0) -> tuple[Window, ...]:
    return cut_windows(
        turns,
        ("left", "right"),
        layout,  # type: ignore[arg-type]
        duration_s=duration_s,
        window_s=3.0,
        hop_s=hop_s,
    )


def turns_from(edges: list[int], speaker: str) -> list[Turn]:
    return [Turn(start / 10, end / 10, speaker) for start, end in zip(edges[::2], edges[1::2], strict=False)]


@pytest.mark.parametrize(
    ("duration_s", "hop_s", "starts"),
    [
        (2.0, 3.0, [0.0]),
        (3.0, 3.0, [0.0]),
        (3.1, 3.0, [0.0, 3.0]),
        (9.0, 3.0, [0.0, 3.0, 6.0]),
        (4.2, 0.5, [0.0, 0.5, 1.0, 1.5]),
        (0.3, 3.0, [0.0]),
    ],
)
def test_the_whole_call_is_covered(duration_s: float, hop_s: float, starts: list[float]) -> None:
    found = cut([], duration_s, hop_s=hop_s)
    assert [window.start_s for window in found] == starts
    assert found[-1].end_s == duration_s
    assert all(window.speaker is None and window.label is None for window in found)


def test_each_one_who_speaks_has_a_window() -> None:
    turns = [Turn(0.0, 2.0, "left"), Turn(1.0, 5.0, "right"), Turn(5.5, 5.9, "left")]
    found = cut(turns, 7.0)
    assert [(window.start_s, window.speaker, window.speech_s, window.overlap_s) for window in found] == [
        (0.0, "left", 2.0, 1.0),
        (0.0, "right", 2.0, 1.0),
        (3.0, "right", 2.0, 0.0),
        (6.0, None, 0.0, 0.0),
    ]


def test_without_channels_the_one_who_speaks_most_has_the_window() -> None:
    found = cut([Turn(0.0, 1.0, "left"), Turn(1.2, 2.9, "right"), Turn(3.2, 3.6, "left")], 6.0, "voices")
    assert [(window.speaker, window.speech_s) for window in found] == [("right", 1.7), (None, 0.0)]


@given(left=EDGES, right=EDGES, hop_s=st.sampled_from([0.5, 1.0, 3.0]))
def test_seconds_are_those_of_the_turns(left: list[int], right: list[int], hop_s: float) -> None:
    own, other = turns_from(left, "left"), turns_from(right, "right")
    marks = {name: np.zeros(300, dtype=bool) for name in ("left", "right")}
    for turn in [*own, *other]:
        marks[turn.speaker][round(turn.start_s * 10) : round(turn.end_s * 10)] = True
    windows = cut([*own, *other], 30.0, hop_s=hop_s)
    heard = {(window.start_s, window.speaker): window for window in windows}
    for start_s in {window.start_s for window in windows}:
        first, last = round(start_s * 10), round(min(start_s + 3.0, 30.0) * 10)
        for name, mark in marks.items():
            speech_s = mark[first:last].sum() / 10
            both_s = (marks["left"] & marks["right"])[first:last].sum() / 10
            window = heard.get((start_s, name))
            if abs(speech_s - LEAST_SPEECH_S) > 1e-6:  # at the limit the last bit of a sum decides
                assert (window is not None) == (speech_s > LEAST_SPEECH_S)
            if window is not None:
                assert (window.speech_s, window.overlap_s) == pytest.approx((speech_s, both_s), abs=1e-6)
