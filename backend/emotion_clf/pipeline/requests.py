"""What may be asked of a source of words, and the answer: the values that travel."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final, Literal

from emotion_clf.text import EMOTIONS

if TYPE_CHECKING:
    from emotion_clf.text import TextEmotion

Kind = Literal["url", "file", "text", "call"]

FETCH: Final = "fetch"
DECODE: Final = "decode"
TRANSCRIBE: Final = "transcribe"
CLASSIFY: Final = "classify"
VOICES: Final = "voices"
EMBED: Final = "embed"
CALL: Final = "call"
STEPS: Final = (FETCH, DECODE, TRANSCRIBE, CLASSIFY)
# `classify` ends every kind: it gives the answer, where the others leave files.
KINDS: Final[dict[Kind, tuple[str, ...]]] = {
    "url": STEPS,
    "file": STEPS[1:],
    "text": STEPS[3:],
    CALL: (DECODE, VOICES, EMBED, CLASSIFY),
}
SOURCES: Final[tuple[Kind, ...]] = ("url", "file", "text")
CAPTION_SUFFIXES: Final = frozenset({".srt", ".vtt"})
TEXT_SUFFIXES: Final = frozenset({".txt"})


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """How to go about it.

    Attributes:
        engine: what writes down speech, as `transcription.METHODS` names it; None: the setting.
        model: name of a text bundle; None: the default.
        language: ISO 639-1 code of the language spoken; None: found out, by engines that can.
        redact: whether personal data that has a form is taken out before anything is classified or stored.
        speakers: whether speakers are told apart by their voices.
    """

    engine: str | None = None
    model: str | None = None
    language: str | None = None
    redact: bool = False
    speakers: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The options for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class SourceRequest:
    """A source of words.

    Attributes:
        kind: an address, a file or a text.
        source: the address or the file's name; empty for a text.
        options: how to go about it.
    """

    kind: Kind
    source: str
    options: SourceOptions = SourceOptions()

    @property
    def suffix(self) -> str:
        """The ending of the file's name in lower case, empty for what is no file."""
        return PurePath(self.source).suffix.lower() if self.kind == "file" else ""

    @property
    def plays(self) -> bool:
        """Whether what is given is a recording, not something to read."""
        return self.kind == "file" and self.suffix not in CAPTION_SUFFIXES | TEXT_SUFFIXES


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence and its emotion.

    Attributes:
        position: its place among the others, from 0.
        text: the words.
        start_s: when it begins, in seconds from the start of the recording; None for a text.
        end_s: when it ends; None for a text.
        speaker: the engine's name of the speaker; None where speakers are not told apart.
        emotion: what the text model says, of the translation where there is one.
        translation: the sentence in English; None where it is English, or was not translated.
    """

    position: int
    text: str
    start_s: float | None
    end_s: float | None
    speaker: str | None
    emotion: TextEmotion
    translation: str | None = None

    @property
    def emotion_from(self) -> str:
        """What the emotion was read from: `words` or `translation`."""
        return "words" if self.translation is None else "translation"

    def as_dict(self) -> dict[str, Any]:
        """The sentence for programs, the same through every door."""
        return {
            "position": self.position,
            "start_s": None if self.start_s is None else round(self.start_s, 3),
            "end_s": None if self.end_s is None else round(self.end_s, 3),
            "speaker": self.speaker,
            **self.emotion.as_dict(),
            "text": self.text,
            "translation": self.translation,
            "emotion_from": self.emotion_from,
        }


@dataclass(frozen=True, slots=True)
class SourceAnalysis:
    """What was said in a source, and with which emotions.

    Attributes:
        title: what the page or the user calls it.
        duration_s: length of the recording in seconds; None for a text, or where nobody tells.
        language: ISO 639-1 code; None where it is not known.
        engine: what wrote down the speech; None for a text.
        engine_version: the version of that engine.
        notes: sentences for people on how far to trust it.
        model_name: the text bundle.
        model_version: its version.
        sentences: in order.
    """

    title: str
    duration_s: float | None
    language: str | None
    engine: str | None
    engine_version: str | None
    notes: tuple[str, ...]
    model_name: str
    model_version: str
    sentences: tuple[ReadSentence, ...]

    @property
    def emotions(self) -> dict[str, int]:
        """How many sentences carry each emotion, every emotion named, in the order of `EMOTIONS`."""
        counted = Counter(sentence.emotion.emotion for sentence in self.sentences)
        return {emotion: counted[emotion] for emotion in EMOTIONS}


def steps_of(kind: Kind) -> tuple[str, ...]:
    """The steps of a kind of source, in order."""
    return KINDS[kind]
