"""What was said, when, and by whom: the values that travel."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

ENGLISH: Final = "en"
SPACELESS_LANGUAGES: Final = frozenset({"ja", "km", "lo", "my", "th", "yue", "zh"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word.

    Attributes:
        text: the word, with the punctuation the engine gave it.
        start_s: its start, in seconds from the start of the recording.
        end_s: its end.
        confidence: how sure the engine is, in [0, 1]; None where it does not say.
    """

    text: str
    start_s: float
    end_s: float
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech of one speaker.

    Attributes:
        text: what was said.
        start_s: its start, in seconds from the start of the recording.
        end_s: its end.
        speaker: the engine's name of the speaker; None where it does not tell speakers apart.
        words: the words with their times; empty where the engine gives none.
        begins_turn: whether somebody else begins to speak with it, even where nobody is named.
        translation: the same in English; None where it is English, or the engine does not translate. A segment that has
            one is a whole sentence.
    """

    text: str
    start_s: float
    end_s: float
    speaker: str | None = None
    words: tuple[Word, ...] = ()
    begins_turn: bool = False
    translation: str | None = None


@dataclass(frozen=True, slots=True)
class Transcript:
    """All that was said in a recording.

    Attributes:
        segments: in order of time.
        language: ISO 639-1 code; None where it is not known.
        engine: what made it.
        engine_version: the version of that engine, its model included.
        notes: sentences for people on how far to trust it.
    """

    segments: tuple[Segment, ...]
    language: str | None
    engine: str
    engine_version: str
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Everything said, one segment a line."""
        return "\n".join(segment.text for segment in self.segments)

    def as_dict(self) -> dict[str, Any]:
        """The transcript for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Transcript:
        """The transcript that `as_dict` described.

        Raises:
            KeyError, TypeError: something is missing, or is something else.
        """
        segments = tuple(
            Segment(**{**segment, "words": tuple(Word(**word) for word in segment["words"])})
            for segment in values["segments"]
        )
        return cls(**{**values, "segments": segments, "notes": tuple(values["notes"])})


def shifted(segment: Segment, seconds: float) -> Segment:
    """The segment moved in time."""
    return replace(
        segment,
        start_s=segment.start_s + seconds,
        end_s=segment.end_s + seconds,
        words=tuple(
            replace(word, start_s=word.start_s + seconds, end_s=word.end_s + seconds) for word in segment.words
        ),
    )


def joiner(language: str | None) -> str:
    """What stands between two words of a language."""
    return "" if language in SPACELESS_LANGUAGES else " "
