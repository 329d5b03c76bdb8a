"""An open file → the sound that is judged: of the track that speaks, from where speech begins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Final

import numpy as np

from emotion_clf.audio.channels import mix_down
from emotion_clf.audio.decode import Decoded, DecodeOptions, decode
from emotion_clf.audio.heard import Heard, hear
from emotion_clf.audio.stream import open_stream
from emotion_clf.audio.waveform import SAMPLE_RATE_HZ, Waveform
from emotion_clf.errors import AudioError, TooLongError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

SEARCHED_TIMES: Final = 10
_MOST_TRACKS: Final = 8
_LEAST_SPEECH: Final = round(0.2 * SAMPLE_RATE_HZ)


@dataclass(frozen=True, slots=True, eq=False)
class Listened:
    """The sound of a file that is judged.

    Attributes:
        decoded: the sound and what was learnt on the way.
        heard: what a model hears of it.
        track: the sound track that it comes from, from 0.
        start_s: where in the file it begins, in seconds; later than 0 where no speech was found before.
        searched_s: how far speech was looked for, in seconds; None where all of the file was.
    """

    decoded: Decoded
    heard: Heard
    track: int = 0
    start_s: float = 0.0
    searched_s: float | None = None

    @property
    def speech(self) -> int:
        """How many samples lie in speech."""
        return int(self.heard.voiced.sum())


def listen(source: IO[bytes], options: DecodeOptions | None = None) -> Listened:
    """Decode the track of an open file that speaks, as far as `max_s` from where speech is first found.

    Speech is looked for in the first `SEARCHED_TIMES * max_s` of the file.

    Raises:
        EmotionError: as `decode`.
    """
    options = options or DecodeOptions()
    found = list(_tracks(source, options))
    best = max(found, key=lambda listened: listened.speech)
    if best.speech >= _LEAST_SPEECH or not any(listened.decoded.cut for listened in found):
        return best
    later = (_later(source, options, listened) for listened in found if listened.decoded.cut)
    searched_s = SEARCHED_TIMES * options.max_s
    return next((listened for listened in later if listened), replace(best, searched_s=searched_s))


def _tracks(source: IO[bytes], options: DecodeOptions) -> Iterator[Listened]:
    """Give what each track begins with; of tracks behind the first, only those that can be decoded."""
    first = decode(source, options)
    yield Listened(first, hear(first.waveform))
    for track in range(1, min(first.tracks, _MOST_TRACKS)):
        try:
            decoded = decode(source, options, track)
        except AudioError:
            continue
        yield Listened(decoded, hear(decoded.waveform), track)


def _later(source: IO[bytes], options: DecodeOptions, start: Listened) -> Listened | None:
    """Decode on until speech begins, and `max_s` from there; None where none does."""
    longest = round(options.max_s * SAMPLE_RATE_HZ)
    passed, before, kept = 0, np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.float32)
    for block in _blocks(source, options, start.track):
        if len(kept) > longest:
            break
        if len(kept):
            kept = np.concatenate([kept, block])
            continue
        heard = hear(Waveform(np.concatenate([before, block])))
        if int(heard.voiced.sum()) >= _LEAST_SPEECH:
            first = max(int(heard.spans[0, 0]), 0)
            kept = heard.recording.samples[first:]
            passed += first
        else:
            passed += len(before)
            before = block
    if len(kept) < options.min_s * SAMPLE_RATE_HZ:
        return None
    waveform = Waveform(np.ascontiguousarray(kept[:longest]))
    decoded = replace(start.decoded, waveform=waveform, cut=len(kept) > longest)
    return Listened(decoded, hear(waveform), start.track, start_s=passed / SAMPLE_RATE_HZ)


def _blocks(source: IO[bytes], options: DecodeOptions, track: int) -> Iterator[npt.NDArray[np.float32]]:
    """Give the mono sound of a track in blocks, as far as speech is looked for."""
    with open_stream(source, replace(options, max_s=SEARCHED_TIMES * options.max_s), track=track) as stream:
        try:
            for block in stream.blocks():
                yield mix_down(block)[0]
        except TooLongError:
            return
