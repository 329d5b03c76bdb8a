"""Who speaks when, in one recording: utterances grouped by voice. Experimental.

Utterances are what stands between pauses of 0.2 s; a change of speaker without any pause is not noticed. Each is heard
through the speaker encoder, and those that sound alike are taken for one speaker. How often that is wrong is measured
by `python -m benchmarks.speakers`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.voice_activity import FRAME_S, FRAME_SAMPLES, SPEECH_PROBABILITY, speech_probabilities
from emotion_clf.transcription.voice_encoder import WINDOW_SAMPLES, voices

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from emotion_clf.audio.sound import Sound

PAUSE_S: Final = 0.2
LONGEST_S: Final = 3.2
SHORTEST_S: Final = 0.4
# Cosine distance over which two groups are two speakers: chosen on the corpora that the benchmark calls "development".
DISTANCE: Final = 0.45
# A group with less of the speech than this is no speaker of its own.
LEAST_SHARE: Final = 0.1
_HOP_SAMPLES: Final = WINDOW_SAMPLES // 4
_GROUPED_AT_ONCE: Final = 2000


@dataclass(frozen=True, slots=True)
class Turn:
    """An utterance and who says it.

    Attributes:
        start_s: its start, in seconds from the start of the recording.
        end_s: its end.
        speaker: number of the speaker, from 0 in the order in which they are first heard.
    """

    start_s: float
    end_s: float
    speaker: int


def speaker_turns(
    sound: Sound,
    *,
    speakers: int | None = None,
    probabilities: npt.NDArray[np.float32] | None = None,
    threads: int = 1,
    done: Callable[[float], None] | None = None,
) -> tuple[Turn, ...]:
    """Who speaks when.

    Args:
        sound: sound at 16 kHz.
        speakers: how many there are; None: found out.
        probabilities: of speech, as `speech_probabilities` gives them; None: found out.
        threads: processor threads of one inference.
        done: told now and then which share of the work is done, in [0, 1].

    Returns:
        Utterances in order of time that do not overlap; none where nobody speaks.
    """
    spoken = _utterances(speech_probabilities(sound) if probabilities is None else probabilities)
    if not spoken:
        return ()
    lengths = np.array([end - start for start, end in spoken]) * FRAME_S
    clear = np.flatnonzero(lengths >= SHORTEST_S)
    if not len(clear):
        clear = np.array([int(lengths.argmax())])
    heard = _heard(sound, [spoken[place] for place in clear], threads, done)
    numbers = _grouped(heard, lengths[clear], speakers)
    # What is too short to be told by its voice belongs to whoever speaks nearest to it.
    middles = np.array([(start + end) / 2 for start, end in spoken])
    nearest = np.abs(middles[:, None] - middles[clear][None, :]).argmin(axis=1)
    order = list(dict.fromkeys(numbers[nearest].tolist()))
    return tuple(
        Turn(start * FRAME_S, end * FRAME_S, order.index(int(number)))
        for (start, end), number in zip(spoken, numbers[nearest], strict=True)
    )


def _utterances(probabilities: npt.NDArray[np.float32]) -> list[tuple[int, int]]:
    """Frames from which and up to which somebody speaks without a pause, no longer than 3.2 s."""
    pause, longest = round(PAUSE_S / FRAME_S), round(LONGEST_S / FRAME_S)
    found: list[tuple[int, int]] = []
    for frame in np.flatnonzero(probabilities >= SPEECH_PROBABILITY).tolist():
        if found and frame - found[-1][1] < pause and frame - found[-1][0] < longest:
            found[-1] = (found[-1][0], frame + 1)
        else:
            found.append((frame, frame + 1))
    return found


def _heard(
    sound: Sound, spoken: list[tuple[int, int]], threads: int, done: Callable[[float], None] | None
) -> npt.NDArray[np.float32]:
    """The mean voice of each utterance, of shape (utterances, 256) and length 1."""
    starts: list[int] = []
    owners: list[int] = []
    for number, (start, end) in enumerate(spoken):
        own = _windows(start * FRAME_SAMPLES, end * FRAME_SAMPLES)
        starts += own
        owners += [number] * len(own)
    windows = voices(sound, starts, threads=threads, done=done)
    sums = np.zeros((len(spoken), windows.shape[1]), dtype=np.float32)
    np.add.at(sums, owners, windows)
    return _unit(sums)


def _windows(start: int, end: int) -> list[int]:
    """Where the windows of an utterance begin; one around its middle where it is shorter than a window."""
    if end - start <= WINDOW_SAMPLES:
        return [(start + end - WINDOW_SAMPLES) // 2]
    return [*range(start, end - WINDOW_SAMPLES, _HOP_SAMPLES), end - WINDOW_SAMPLES]


def _grouped(
    heard: npt.NDArray[np.float32], lengths_s: npt.NDArray[np.float64], speakers: int | None
) -> npt.NDArray[np.intp]:
    """The number of each utterance's speaker: groups are formed, then each utterance joins the one it is most like."""
    picked = np.unique(np.linspace(0, len(heard) - 1, min(len(heard), _GROUPED_AT_ONCE)).astype(int))
    labels = _clusters(heard[picked], speakers)
    weighted = heard[picked] * lengths_s[picked][:, None]
    spoken_s = np.bincount(labels, weights=lengths_s[picked])
    kept = np.arange(len(spoken_s)) if speakers else np.flatnonzero(spoken_s >= LEAST_SHARE * spoken_s.sum())
    if not len(kept):
        kept = np.array([int(spoken_s.argmax())])
    centres = _unit(np.stack([weighted[labels == label].sum(axis=0) for label in kept]))
    likest: npt.NDArray[np.intp] = (heard @ centres.T).argmax(axis=1)
    return likest


def _clusters(heard: npt.NDArray[np.float32], speakers: int | None) -> npt.NDArray[np.intp]:
    from sklearn.cluster import AgglomerativeClustering

    if len(heard) == 1:
        return np.zeros(1, dtype=np.intp)
    count = None if speakers is None else min(speakers, len(heard))
    grouping = AgglomerativeClustering(
        n_clusters=count,
        distance_threshold=DISTANCE if count is None else None,
        metric="cosine",
        linkage="average",
    )
    labels: npt.NDArray[np.intp] = grouping.fit_predict(heard)
    return labels


def _unit(rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Rows of length 1; a row of zeros, as silence leaves it, stays near zero."""
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9))
