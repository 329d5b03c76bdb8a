"""Take personal data out of text by its form: what has a form is found, names and places are not."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal, Self

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

    from emotion_clf.settings import Settings

NOTE: Final = (
    "Redacted by patterns: e-mail and web addresses, IBANs, card numbers, IP addresses, phone numbers and dates of "
    "birth. Names, places and numbers spelt out in words are not found."
)
RedactionEngine = Literal["patterns", "presidio"]

NOTES: Final[dict[RedactionEngine, str]] = {"patterns": NOTE, "presidio": PRESIDIO_NOTE}
DEFAULT_REGIONS: Final = ("US", "GB")
_BEGINNING: Final = 4096  # characters; marks are shorter than what they stand for, and no find is as long
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


@dataclass(frozen=True, slots=True)
class Redaction:
    """What an operator has looked for.

    Attributes:
        regions: ISO codes of the countries whose national phone numbers are looked for.
        engine: `presidio` adds Presidio's patterns to ours.
    """

    regions: Sequence[str] = DEFAULT_REGIONS
    engine: RedactionEngine = "patterns"

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings ask for."""
        return cls(settings.redaction_regions, settings.redaction_engine)

    def line(self, text: str, most: int) -> str:
        """Return the beginning of a text without personal data, on one line.

        Args:
            text: of any length; no more is searched than a line of that length can come from.
            most: characters that are wanted.

        Raises:
            InvalidRequestError: a region is not known.
            EngineMissingError: Presidio is asked for and not installed.
        """
        beginning = " ".join(text[: _BEGINNING + most].split())
        return redact(beginning, self.regions, self.engine).text[:most]


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
    meant = _translations_without(transcript, regions, engine)
    segments = []
    for segment, text, translation in zip(transcript.segments, redacted, meant, strict=True):
        own, left = left[: len(segment.words)], left[len(segment.words) :]
        if text.strip():
            plain = " ".join(text.split())
            segments.append(replace(segment, text=plain, words=_kept(segment.words, own), translation=translation))
    notes = (*transcript.notes, NOTES[engine])
    return RedactedTranscript(replace(transcript, segments=tuple(segments), notes=notes), counted)


def _translations_without(transcript: Transcript, regions: Sequence[str], engine: RedactionEngine) -> list[str | None]:
    """The translations, redacted like the words."""
    texts = [segment.translation or "" for segment in transcript.segments]
    redacted = _pieces_without(texts, _spans(" ".join(texts), regions, engine), 1)
    return [
        None if segment.translation is None else " ".join(text.split()) or None
        for segment, text in zip(transcript.segments, redacted, strict=True)
    ]


def _spans(text: str, regions: Sequence[str], engine: RedactionEngine) -> list[Span]:
    """Return what is to go, in order, without overlaps; what our own patterns find comes first."""
    found = [*(span for find in _FINDERS for span in find(text)), *phone_numbers(text, regions)]
    if engine == "presidio":
        found += presidio_finds(text)
    taken, is_taken = [], bytearray(len(text))  # a mark for each character: searching spans would take their square
    for span in found:
        if is_taken.find(1, span.start, span.end) < 0:
            taken.append(span)
            is_taken[span.start : span.end] = b"\x01" * (span.end - span.start)
    return sorted(taken)


def _counted(spans: Sequence[Span]) -> dict[str, int]:
    return dict(sorted(Counter(span.kind for span in spans).items()))


def _without(text: str, spans: Sequence[Span], offset: int) -> str:
    """The text with each span's part in it replaced: by a mark where the span begins, by nothing further on.

    Args:
        text: a piece of the text that was searched.
        spans: places in the text that was searched, in order; each of them reaches into the piece.
        offset: where the piece begins in it.
    """
    kept, at = [], 0
    for span in spans:
        start, end = span.start - offset, span.end - offset
        kept += [text[at : max(start, 0)], f"[{span.kind.upper()}]" if start >= 0 else ""]
        at = min(end, len(text))
    return "".join([*kept, text[at:]])


def _pieces_without(pieces: Sequence[str], spans: Sequence[Span], gap: int) -> list[str]:
    """Take spans out of pieces that were searched joined, `gap` characters apart."""
    found, offset = [], 0
    for piece in pieces:
        end = offset + len(piece)
        first = bisect_right(spans, offset, key=lambda span: span.end)
        after = bisect_left(spans, end, lo=first, key=lambda span: span.start)
        found.append(_without(piece, spans[first:after], offset))
        offset = end + gap
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
