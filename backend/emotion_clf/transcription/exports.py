"""Transcript → WebVTT, SRT, JSON, or lines for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emotion_clf.transcription.transcript import Segment, Transcript


def to_webvtt(transcript: Transcript) -> str:
    """The transcript as WebVTT; speakers become voices, notes become comments, English stands beneath other words."""
    head = f"WEBVTT\nLanguage: {transcript.language}" if transcript.language else "WEBVTT"
    notes = [f"NOTE {_one_line(note).replace('-->', '→')}" for note in transcript.notes]
    cues = []
    for segment in transcript.segments:
        voice = f"<v {_escaped(segment.speaker)}>" if segment.speaker else ""
        lines = [_span(segment, "."), f"{voice}{_escaped(segment.text)}"]
        cues.append("\n".join([*lines, *(_escaped(text) for text in _meant(segment))]))
    return "\n\n".join([head, *notes, *cues]) + "\n"


def to_srt(transcript: Transcript) -> str:
    """The transcript as SubRip, numbered from 1; speakers stand before their words, English beneath them."""
    cues = []
    for number, segment in enumerate(transcript.segments, start=1):
        speaker = f"{segment.speaker}: " if segment.speaker else ""
        lines = [_one_line(text).replace("-->", "→") for text in (speaker + segment.text, *_meant(segment))]
        cues.append("\n".join([str(number), _span(segment, ","), *lines, ""]))
    return "\n".join(cues)


def to_json(transcript: Transcript) -> str:
    """The whole transcript, words included, as one line of JSON."""
    return json.dumps(transcript.as_dict(), ensure_ascii=False)


def to_lines(transcript: Transcript) -> str:
    """The transcript for reading: one segment a line, led by its times."""
    lines = []
    for segment in transcript.segments:
        speaker = f"{segment.speaker}: " if segment.speaker else ""
        times = f"[{clock(segment.start_s, '.')} - {clock(segment.end_s, '.')}]"
        lines.append(f"{times} {speaker}{segment.text}")
        lines += (f"{' ' * len(times)} {text}" for text in _meant(segment))
    return "\n".join(lines)


def _meant(segment: Segment) -> tuple[str, ...]:
    """The line beneath the words, where there is one: what they mean in English."""
    return (segment.translation,) if segment.translation else ()


def _span(segment: Segment, mark: str) -> str:
    """The timing line; players pass over a cue that ends when it begins."""
    end_s = max(segment.end_s, segment.start_s + 0.001)
    return f"{clock(segment.start_s, mark)} --> {clock(end_s, mark)}"


def clock(seconds: float, mark: str) -> str:
    """Hours, minutes and seconds, as `01:02:03.450`; `mark` stands before the milliseconds."""
    milliseconds = round(max(seconds, 0.0) * 1000)
    minutes, milliseconds = divmod(milliseconds, 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{milliseconds // 1000:02d}{mark}{milliseconds % 1000:03d}"


def _escaped(text: str) -> str:
    return _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(text: str) -> str:
    """Line breaks become blanks: an empty line would end the cue."""
    return " ".join(text.split())
