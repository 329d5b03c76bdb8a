"""Take personal data out of text by its form: what has a form is found, names and places are not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from emotion_clf.transcription.redaction_patterns import (
    Span,
    birth_dates,
    cards,
    emails,
    ibans,
    ip_addresses,
    urls,
)
from emotion_clf.transcription.redaction_phones import phone_numbers
from emotion_clf.transcription.redaction_presidio import NOTE as PRESIDIO_NOTE
from emotion_clf.transcription.redaction_presidio import presidio_finds
from emotion_clf.transcription.transcript import Transcript, Word, joiner

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOTE: Final = (
    "Redacted by patterns: e-mail and web addresses, IBANs, card numbers, IP addresses, phone numbers and dates of "
    "birth. Names, places and numbers spelt out in words are not found."
)
RedactionEngine = Literal["patterns", "presidio"]

NOTES: Final[dict[RedactionEngine, str]] = {"patterns": NOTE, "presidio": PRESIDIO_NOTE}
DEFAULT_REGIONS: Final = ("US", "GB")
# Where two finds overlap, the earlier kind wins.
_FINDERS: Final = (emails, urls, ibans, cards, ip_addresses, birth_dates)


@dataclass(frozen=True, slots=True)
class Redacted:
    """Text without what was found.

    Attributes:
        text: the text with a mark such as `[PHONE]` for each find.
        found: how many of each kind, in lower case.
        note: what was not looked for.
    """

    text: str
    found: Mapping[str, int]
    note: str = NOTE


@dataclass(frozen=True, slots=True)
class RedactedTranscript:
    """A transcript without what was found; as `Redacted`, with the note among the transcript's own."""

    transcript: Transcript
    found: Mapping[str, int]


def redact(text: str, regions: Sequence[str] = DEFAULT_REGIONS, engine: RedactionEngine = "patterns") -> Redacted:
    """Replace personal data by marks.

    Args:
        text: any text.
        regions: ISO codes of the countries whose national phone numbers are looked for.
        engine: `presidio` adds Presidio's patterns to ours.

    Raises:
        InvalidRequestError: a region is not known.
        EngineMissingError: Presidio is asked for and not installed.
    """
    spans = _spans(text, regions, engine)
    return Redacted(_without(text, spans, 0), _counted(spans), NOTES[engine])


def redact_transcript(
    transcript: Transcript, regions: Sequence[str] = DEFAULT_REGIONS, engine: RedactionEngine = "patterns"
) -> RedactedTranscript:
    """Replace personal data in a transcript, also where it runs over several words or segments.

    Raises:
        InvalidRequestError: a region is not known.
        EngineMissingError: Presidio is asked for and not installed.
    """
    texts = [" ".join(segment.text.split()) for segment in transcript.segments]
    spans = _spans(" ".join(texts), regions, engine)
    counted = _counted(spans)
    redacted = _pieces_without(texts, spans, 1)
    between = joiner(transcript.language)
    words = [word.text.strip() for segment in transcript.segments for word in segment.words]
    left = _pieces_without(words, _spans(between.join(words), regions, engine), len(between))
    segments = []
    for segment, text in zip(transcript.segments, redacted, strict=True):
        own, left = left[: len(segment.words)], left[len(segment.words) :]
        if text.strip():
            segments.append(replace(segment, text=" ".join(text.split()), words=_kept(segment.words, own)))
    notes = (*transcript.notes, NOTES[engine])
    return RedactedTranscript(replace(transcript, segments=tuple(segments), notes=notes), counted)


def _spans(text: str, regions: Sequence[str], engine: RedactionEngine) -> list[Span]:
    """What is to go, in order, without overlaps; what our own patterns find comes first."""
    taken: list[Span] = []
    found = [*(span for find in _FINDERS for span in find(text)), *phone_numbers(text, regions)]
    if engine == "presidio":
        found += presidio_finds(text)
    for span in found:
        if all(span.end <= other.start or span.start >= other.end for other in taken):
            taken.append(span)
    return sorted(taken)


def _counted(spans: Sequence[Span]) -> dict[str, int]:
    return dict(sorted(Counter(span.kind for span in spans).items()))


def _without(text: str, spans: Sequence[Span], offset: int) -> str:
    """The text with each span's part in it replaced: by a mark where the span begins, by nothing further on.

    Args:
        text: a piece of the text that was searched.
        spans: places in the text that was searched, in order.
        offset: where the piece begins in it.
    """
    kept, at = [], 0
    for span in spans:
        start, end = span.start - offset, span.end - offset
        if end <= 0 or start >= len(text):
            continue
        kept += [text[at : max(start, 0)], f"[{span.kind.upper()}]" if start >= 0 else ""]
        at = min(end, len(text))
    return "".join([*kept, text[at:]])


def _pieces_without(pieces: Sequence[str], spans: Sequence[Span], gap: int) -> list[str]:
    """`_without` for pieces that were searched joined, `gap` characters apart."""
    found, offset = [], 0
    for piece in pieces:
        found.append(_without(piece, spans, offset))
        offset += len(piece) + gap
    return found


def _kept(words: Sequence[Word], texts: Sequence[str]) -> tuple[Word, ...]:
    """The words under their new texts; one of which nothing is left lends its time to the one before."""
    kept: list[Word] = []
    for word, text in zip(words, texts, strict=True):
        if text:
            kept.append(replace(word, text=text))
        elif kept:
            kept[-1] = replace(kept[-1], end_s=word.end_s)
    return tuple(kept)
