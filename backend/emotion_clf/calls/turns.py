"""Who speaks when: frames in which somebody speaks → turns with their syllables."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.voice_activity import FRAME_S
from emotion_clf.calls.syllables import count_syllables
from emotion_clf.calls.timeline import Turn

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from emotion_clf.calls.tracks import Track

# A shorter pause is one of breath or of a plosive, and does not end a turn.
PAUSE_S: Final = 0.3
# What is shorter is a click or a cough.
SHORTEST_S: Final = 0.2


def turns_of(speaking: npt.NDArray[np.bool_], speaker: str, duration_s: float) -> list[Turn]:
    """The turns of one speaker.

    Args:
        speaking: of shape (frames,), whether they speak in each 32-ms frame.
        speaker: their name.
        duration_s: length of the recording, in seconds.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], speaking, [False]]).astype(np.int8)))
    runs = (
        Turn(start * FRAME_S, min(end * FRAME_S, duration_s), speaker) for start, end in edges.reshape(-1, 2).tolist()
    )
    return joined(runs)


def joined(turns: Iterable[Turn]) -> list[Turn]:
    """Turns of which no two are the same speaker's with a short pause between, and none is very short.

    Args:
        turns: in order; those of one speaker do not overlap.
    """
    found: list[Turn] = []
    for turn in turns:
        last = found[-1] if found else None
        if last is not None and last.speaker == turn.speaker and turn.start_s - last.end_s < PAUSE_S:
            found[-1] = replace(last, end_s=turn.end_s)
        else:
            found.append(turn)
    return [turn for turn in found if turn.duration_s >= SHORTEST_S]


def with_syllables(turns: Iterable[Turn], track: Track) -> list[Turn]:
    """The same turns with the syllables that are heard in them."""
    return [replace(turn, syllables=count_syllables(track, turn.start_s, turn.end_s)) for turn in turns]


def in_order(turns: Iterable[Turn], speakers: Sequence[str]) -> tuple[Turn, ...]:
    """The turns of all speakers, in order of their starts, then of `speakers`."""
    return tuple(sorted(turns, key=lambda turn: (turn.start_s, speakers.index(turn.speaker))))
