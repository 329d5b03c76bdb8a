"""WebVTT and SRT captions → Transcript.

YouTube's automatic captions roll: each cue repeats the line before it, and cues of a few milliseconds repeat it once
more. Such files are recognised by the times inside their lines, and every line is kept once.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING, Final

from emotion_clf.errors import CaptionsError, InvalidRequestError
from emotion_clf.transcription.transcript import Segment, Transcript, Word

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from emotion_clf.audio import Waveform

NAME: Final = "captions"
MAX_BYTES: Final = 10 * 1024 * 1024
_CLOCK: Final = r"(?:(\d+):)?([0-5]?\d):([0-5]?\d)[.,](\d{1,3})"
_TIMING: Final = re.compile(rf"^\s*{_CLOCK}\s*-->\s*{_CLOCK}")
_INLINE: Final = re.compile(rf"<{_CLOCK}>")
_INLINE_SPLIT: Final = re.compile(r"<((?:\d+:)?[0-5]?\d:[0-5]?\d\.\d{1,3})>")
_VOICE: Final = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG: Final = re.compile(r"</?[a-zA-Z][^>]*>|\{\\[^}]*\}")
_LANGUAGE: Final = re.compile(r"^Language:\s*([A-Za-z]{2,3})\b", re.MULTILINE)
_ROLLING_GAP_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Cue:
    start_s: float
    end_s: float
    lines: tuple[str, ...]


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
    rolling = any(_INLINE.search(line) for cue in cues for line in cue.lines)
    if rolling:
        cues = _unrolled(cues)
    segments = tuple(segment for cue in cues for segment in _segments(cue, webvtt=webvtt))
    if not segments:
        raise CaptionsError("No caption was found in this file. Choose a WebVTT (.vtt) or SRT (.srt) file.")
    header = _LANGUAGE.search(text.split("\n\n", 1)[0]) if webvtt else None
    note = "The words come from captions made automatically." if rolling else "The words come from captions."
    return Transcript(segments, header[1].lower() if header else None, NAME, CaptionsEngine.version, (note,))


def _cues(text: str, *, webvtt: bool) -> list[_Cue]:
    """Timed blocks in order of time; headers, notes, styles and regions have no time and are passed over."""
    # A line of blanks ends an SRT cue, but is a line of its own in WebVTT.
    blocks = re.split(r"\n{2,}" if webvtt else r"\n(?:[ \t]*\n)+", text)
    found = []
    for block in blocks:
        lines = block.split("\n")
        for number, line in enumerate(lines):
            timing = _TIMING.match(line)
            if timing and "-->" in line:
                start_s, end_s = _seconds(*timing.groups()[:4]), _seconds(*timing.groups()[4:])
                found.append(_Cue(start_s, max(start_s, end_s), tuple(lines[number + 1 :])))
                break
    return sorted(found, key=lambda cue: cue.start_s)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    whole_s = int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds)
    return (whole_s * 1000 + int(fraction.ljust(3, "0"))) / 1000


def _unrolled(cues: list[_Cue]) -> list[_Cue]:
    """Cues without the lines that were on the screen already."""
    kept: list[_Cue] = []
    shown: tuple[str, ...] = ()
    shown_until_s = 0.0
    for cue in cues:
        lines = tuple(line for line in cue.lines if line.strip())
        plain = tuple(_plain(line, webvtt=True) for line in lines)
        if cue.start_s > shown_until_s + _ROLLING_GAP_S:
            shown = ()
        repeated = max(
            (count for count in range(1, len(plain) + 1) if plain[:count] == shown[len(shown) - count :]), default=0
        )
        if lines[repeated:]:
            kept.append(replace(cue, lines=lines[repeated:]))
        shown, shown_until_s = plain, cue.end_s
    return kept


def _segments(cue: _Cue, *, webvtt: bool) -> list[Segment]:
    """A cue's text, one segment for each voice in it."""
    voiced: list[tuple[str | None, str]] = []
    speaker = None
    for line in cue.lines:
        # Each voice tag begins a line of its own.
        for part in filter(None, re.split(r"(?=<v[.\s])", line)):
            named = _VOICE.match(part)
            speaker = html.unescape(named[1].strip()) if named else speaker
            voiced.append((speaker, part))
    found = []
    for who, parts in groupby(voiced, key=lambda pair: pair[0]):
        lines = [part for _, part in parts]
        text = " ".join(filter(None, (_plain(line, webvtt=webvtt) for line in lines)))
        if text:
            found.append(Segment(text, cue.start_s, cue.end_s, who, _words(" ".join(lines), cue)))
    return found


def _words(text: str, cue: _Cue) -> tuple[Word, ...]:
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
    ends = [start_s for start_s, _ in spoken[1:]] + [cue.end_s]
    return tuple(Word(part, start_s, max(start_s, end_s)) for (start_s, part), end_s in zip(spoken, ends, strict=True))


def _at(stamp: str) -> float:
    found = re.fullmatch(_CLOCK, stamp)
    return _seconds(*found.groups()) if found else 0.0


def _plain(line: str, *, webvtt: bool) -> str:
    """A line without tags and entities, with single blanks."""
    bare = _TAG.sub("", _INLINE.sub("", line))
    return " ".join((html.unescape(bare) if webvtt else bare).split())
