"""Speakers' names for a transcript, told by their voices. Experimental."""

from __future__ import annotations

from dataclasses import replace
from itertools import groupby
from string import ascii_uppercase
from typing import TYPE_CHECKING, Final

from emotion_clf.transcription.diarization import speaker_turns
from emotion_clf.transcription.engine import Watch
from emotion_clf.transcription.transcript import joiner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from emotion_clf.audio.sound import Sound
    from emotion_clf.settings import Settings
    from emotion_clf.transcription.diarization import Turn
    from emotion_clf.transcription.transcript import Segment, Transcript, Word

NOTE: Final = (
    "Speakers were told apart by their voices on this machine, which is experimental: {count} found, named in the "
    "order in which they speak. People who speak at once, or without a pause between them, are not told apart."
)


def assign_speakers(
    sound: Sound,
    transcript: Transcript,
    settings: Settings,
    *,
    progress: Callable[[float], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Transcript:
    """Name the speaker of each segment `A`, `B` and so on; segments are split where another one goes on.

    A segment whose words have no times is given to the one who speaks for most of it. A transcript whose engine told
    the speakers apart stays as it is.

    Args:
        sound: the whole recording, at 16 kHz.
        transcript: what is said in it.
        settings: SPEAKER_COUNT, the time allowed, and the threads.
        progress: told which share of the work is done, in [0, 1].
        cancelled: asked now and then whether to stop.

    Raises:
        TranscriptionCancelledError: somebody asked to stop.
        TranscriptionTimeoutError: it takes longer than TRANSCRIPTION_TIMEOUT_S.
    """
    if any(segment.speaker is not None for segment in transcript.segments):
        return transcript
    watch = Watch(settings.transcription_timeout_s, progress=progress, cancelled=cancelled)
    watch.check()

    def done(share: float) -> None:
        watch.check()
        watch.done(share)

    turns = speaker_turns(sound, speakers=settings.speaker_count, threads=settings.model_threads, done=done)
    if not turns:
        return transcript
    between = joiner(transcript.language)
    segments = tuple(part for segment in transcript.segments for part in _split(segment, turns, between))
    note = NOTE.format(count=len({turn.speaker for turn in turns}))
    return replace(transcript, segments=segments, notes=(*transcript.notes, note))


def _split(segment: Segment, turns: Sequence[Turn], between: str) -> Iterator[Segment]:
    """The segment as one or more, each of one speaker."""
    near = _near(turns, segment.start_s, segment.end_s)
    if not segment.words or segment.translation is not None:
        yield replace(segment, speaker=_name(_speaker(near, segment.start_s, segment.end_s)))
        return
    parts = [
        (speaker, tuple(words))
        for speaker, words in groupby(segment.words, lambda word: _speaker(near, word.start_s, word.end_s))
    ]
    if len(parts) == 1:
        yield replace(segment, speaker=_name(parts[0][0]))
        return
    for speaker, words in parts:
        yield _part(segment, words, between, _name(speaker))


def _part(segment: Segment, words: tuple[Word, ...], between: str, name: str) -> Segment:
    text = between.join(word.text.strip() for word in words)
    return replace(segment, text=text, start_s=words[0].start_s, end_s=words[-1].end_s, speaker=name, words=words)


def _near(turns: Sequence[Turn], start_s: float, end_s: float) -> Sequence[Turn]:
    """The turns that touch a stretch of time, or the one nearest to it."""
    touching = [turn for turn in turns if turn.end_s > start_s and turn.start_s < end_s]
    return touching or [min(turns, key=lambda turn: _gap_s(turn, start_s, end_s))]


def _speaker(turns: Sequence[Turn], start_s: float, end_s: float) -> int:
    """Who speaks for most of a stretch of time, or nearest to it where nobody does."""
    spoken: dict[int, float] = {}
    for turn in turns:
        spoken[turn.speaker] = spoken.get(turn.speaker, 0.0) + max(-_gap_s(turn, start_s, end_s), 0.0)
    if any(spoken.values()):
        return max(spoken, key=lambda speaker: spoken[speaker])
    return min(turns, key=lambda turn: _gap_s(turn, start_s, end_s)).speaker


def _gap_s(turn: Turn, start_s: float, end_s: float) -> float:
    """Seconds between a turn and a stretch of time; negative where they overlap, by how much."""
    return max(turn.start_s, start_s) - min(turn.end_s, end_s)


def _name(speaker: int) -> str:
    return ascii_uppercase[speaker]
