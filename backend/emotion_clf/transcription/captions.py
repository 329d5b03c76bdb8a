"""WebVTT and SRT captions → Transcript.

Captions that roll say every line once, whether times stand inside their lines, as in YouTube's automatic ones, or a
converter has left them out. Sounds in brackets and songs are no words; ">>", dashes and names with a colon tell turns.
"""

from __future__ import annotations

import html
import re
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import CaptionsError, InvalidRequestError
from emotion_clf.text.markup import unescaped
from emotion_clf.transcription.caption_marks import stretches, turns, without_marks
from emotion_clf.transcription.caption_rolls import Cue, rolls, unrolled, words_unrolled
from emotion_clf.transcription.transcript import Segment, Transcript, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from emotion_clf.audio import Waveform

NAME: Final = "captions"
MAX_BYTES: Final = 10 * 1024 * 1024
_CLOCK: Final = r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMING: Final = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}")
_INLINE: Final = re.compile(rf"<{_CLOCK}>")
_INLINE_SPLIT: Final = re.compile(r"<((?:\d+:)?[0-5]?\d:[0-5]?\d\.\d{1,3})>")
_VOICE: Final = re.compile(r"<v(?:\.[^\s<>]{0,200})?\s+([^<>]{1,500})>")
_TAG: Final = re.compile(r"</?[a-zA-Z][^<>]{0,500}>|\{\\[^{}]{0,200}\}")
_LANGUAGE: Final = re.compile(r"^Language:\s*([A-Za-z]{2,3})\b", re.MULTILINE)


class CaptionsEngine:
    """Stands in for an engine where somebody has written the words down already."""

    name = NAME
    version = "1"
    chunk_s: float | None = None

    def __init__(self, path: Path) -> None:
        self._transcript = read_captions(path)

    def transcribe(
        self,
        waveform: Waveform,
        *,
        language: str | None = None,
        progress: Callable[[float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Transcript:
        """The captions that begin before the recording ends, as `Engine` promises."""
        del cancelled  # there is no work to stop
        kept = tuple(segment for segment in self._transcript.segments if segment.start_s < waveform.duration_s)
        notes = list(self._transcript.notes)
        if len(kept) < len(self._transcript.segments):
            notes.append("Some captions begin after the recording ends and were left out; they may belong to another.")
        if progress is not None:
            progress(1.0)
        return replace(
            self._transcript, segments=kept, notes=tuple(notes), language=language or self._transcript.language
        )


def read_captions(path: Path) -> Transcript:
    """The captions of a file.

    Raises:
        InvalidRequestError: it cannot be read.
        CaptionsError: there is no caption in it, or it is not a text.
    """
    try:
        with path.open("rb") as source:
            content = source.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidRequestError(f"{path.name} cannot be read: {error.strerror}.") from error
    if len(content) > MAX_BYTES:
        raise CaptionsError(f"The captions are larger than {MAX_BYTES // 1024**2} MB. Choose a WebVTT or SRT file.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise CaptionsError("The captions are not UTF-8 text. Save them as UTF-8 and try again.") from None
    return parse_captions(text)


def parse_captions(text: str) -> Transcript:
    """Captions in WebVTT or SRT.

    Raises:
        CaptionsError: there is no caption in the text.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    webvtt = text.startswith("WEBVTT")
    cues = _cues(text, webvtt=webvtt)
    plain = partial(_plain, webvtt=webvtt)
    timed = any(_INLINE.search(line) for cue in cues for line in cue.lines)
    rolling = timed or rolls(cues, plain)
    if rolling:
        cues = unrolled(cues, plain) if timed else words_unrolled(cues, plain)
    # Where there is nothing but songs, their words are what there is.
    segments = _spoken(cues, plain, songs=False) or _spoken(cues, plain, songs=True)
    if not segments:
        raise CaptionsError("No caption was found in this file. Choose a WebVTT (.vtt) or SRT (.srt) file.")
    header = _LANGUAGE.search(text.split("\n\n", 1)[0]) if webvtt else None
    note = "The words come from captions made automatically." if rolling else "The words come from captions."
    return Transcript(segments, header[1].lower() if header else None, NAME, CaptionsEngine.version, (note,))


def _cues(text: str, *, webvtt: bool) -> list[Cue]:
    """Return timed lines in order of time; headers, notes, styles and regions have no time and are passed over.

    A time begins a cue, with or without an empty line before it; a number before the time is the cue's own.
    """
    found: list[Cue] = []
    lines: list[str] = []
    for line in text.split("\n"):
        timing = _TIMING.match(line) if "-->" in line else None
        if timing is None:
            lines.append(line)
            continue
        if found:
            found[-1] = replace(found[-1], lines=_payload(lines, webvtt=webvtt, last=False))
        start_s, end_s = _seconds(*timing.groups()[:4]), _seconds(*timing.groups()[4:])
        found.append(Cue(start_s, max(start_s, end_s), ()))
        lines = []
    if found:
        found[-1] = replace(found[-1], lines=_payload(lines, webvtt=webvtt, last=True))
    return sorted(found, key=lambda cue: cue.start_s)


def _payload(lines: list[str], *, webvtt: bool, last: bool) -> tuple[str, ...]:
    """Return what a cue says, of the lines up to the next time.

    An empty line ends a cue of WebVTT, where notes and names of cues may follow it. An SRT cue may hold one.
    """
    if webvtt and "" in lines:
        return tuple(lines[: lines.index("")])
    numbered = not last and lines and lines[-1].strip().isdecimal()
    return tuple(lines[:-1] if numbered else lines)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole_s * 1000 + int(fraction.ljust(3, "0"))) / 1000


def _spoken(cues: Sequence[Cue], plain: Callable[[str], str], *, songs: bool) -> tuple[Segment, ...]:
    """Return what is said in cues; a name holds until another one or the mark of another speaker."""
    found: list[Segment] = []
    speaker: str | None = None
    for cue in cues:
        for segment, names_speaker in _segments(cue, plain, songs=songs):
            if names_speaker or segment.begins_turn:
                speaker = None if names_speaker else segment.speaker
            found.append(segment if segment.speaker or names_speaker else replace(segment, speaker=speaker))
    return tuple(found)


def _segments(cue: Cue, plain: Callable[[str], str], *, songs: bool) -> Iterator[tuple[Segment, bool]]:
    """Return a cue's text, a segment for each voice or turn in it, and whether a tag tells the voice."""
    voiced: list[tuple[str | None, str]] = []
    speaker = None
    for line in cue.lines:
        # Each voice tag begins a line of its own.
        for part in filter(None, re.split(r"(?=<v[.\s])", line)):
            named = _VOICE.match(part)
            speaker = html.unescape(named[1].strip()) if named else speaker
            voiced.append((speaker, part))
    for who, parts in groupby(voiced, key=lambda pair: pair[0]):
        lines = [part for _, part in parts]
        if words := _words(" ".join(lines), cue):
            for segment in _of_words(words, who):
                yield segment, who is not None
            continue
        for one in stretches([text for text in map(plain, lines) if text], songs=songs):
            voice = who or one.speaker
            yield Segment(one.text, cue.start_s, cue.end_s, voice, begins_turn=one.begins_turn), who is not None


def _of_words(words: Sequence[Word], speaker: str | None) -> Iterator[Segment]:
    """Return segments of words with times, another one at each ">>"; marks are left out."""
    found: list[tuple[list[Word], bool]] = [([], False)]
    for word in words:
        for number, turn in enumerate(turns(word.text)):
            if number:
                found.append(([], True))
            if text := without_marks(turn):
                found[-1][0].append(replace(word, text=text))
    for said, begins in found:
        if said:
            text = " ".join(word.text for word in said)
            yield Segment(text, said[0].start_s, said[-1].end_s, speaker, tuple(said), begins_turn=begins)


def _words(text: str, cue: Cue) -> tuple[Word, ...]:
    """The words of a line with times inside; none without."""
    if not _INLINE.search(text):
        return ()
    # The text before the first time belongs to the start of the cue.
    first, *rest = _INLINE_SPLIT.split(text)
    starts = [cue.start_s, *(_at(stamp) for stamp in rest[::2])]
    spoken = [
        (min(max(start_s, cue.start_s), cue.end_s), _plain(part, webvtt=True))
        for start_s, part in zip(starts, [first, *rest[1::2]], strict=True)
    ]
    spoken = [(start_s, part) for start_s, part in spoken if part]
    if not spoken:
        return ()
    ends = [start_s for start_s, _ in spoken[1:]] + [cue.end_s]
    return tuple(Word(part, start_s, max(start_s, end_s)) for (start_s, part), end_s in zip(spoken, ends, strict=True))


def _at(stamp: str) -> float:
    found = re.fullmatch(_CLOCK, stamp)
    return _seconds(*found.groups()) if found else 0.0


def _plain(line: str, *, webvtt: bool) -> str:
    """A line without tags and entities, with single blanks."""
    bare = _TAG.sub("", _INLINE.sub("", line))
    return " ".join((html.unescape(bare) if webvtt else unescaped(bare)).split())
