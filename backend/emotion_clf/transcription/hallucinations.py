"""What Whisper writes where nobody speaks: how it is told from words, by the library's own measures and by repeats."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.transcription.transcript import Segment

# The thresholds of OpenAI's own program.
NO_SPEECH: Final = 0.6
LOG_PROBABILITY: Final = -1.0
# Speech in noise stays above this; noise alone does not.
GUESSED: Final = -1.5
COMPRESSION: Final = 2.4
HALF_DOUBTED: Final = 0.4
FASTEST_CHARACTERS_PER_S: Final = 25.0
DOUBTED_WORDS: Final = 0.5
_MOST_REPEATS: Final = 2


class Heard(Protocol):
    """What the library says of a stretch it decoded."""

    @property
    def text(self) -> str:
        """What was written down."""
        ...

    @property
    def avg_logprob(self) -> float:
        """The mean logarithm of the tokens' probabilities."""
        ...

    @property
    def no_speech_prob(self) -> float:
        """The probability that nobody speaks, in [0, 1]."""
        ...

    @property
    def compression_ratio(self) -> float:
        """How much smaller the text gets when it is compressed; large where it repeats itself."""
        ...


def loops(heard: Heard, length_s: float) -> bool:
    """Tell whether a text repeats itself and the sound does not.

    People repeat themselves too: it is a loop where the model half doubts that anybody speaks, or where more is written
    than can be said in `length_s` seconds.
    """
    if heard.compression_ratio <= COMPRESSION:
        return False
    return heard.no_speech_prob > HALF_DOUBTED or len(heard.text) > FASTEST_CHARACTERS_PER_S * length_s


def is_silence(heard: Heard) -> bool:
    """Tell whether a text was made of no speech: the model says so and doubts its words, or it merely guessed."""
    doubted = heard.no_speech_prob > NO_SPEECH and heard.avg_logprob < LOG_PROBABILITY
    return doubted or heard.avg_logprob < GUESSED


def has_words(text: str) -> bool:
    """Tell whether a text holds anything to read but signs, such as those of music."""
    return any(character.isalnum() for character in text)


def without_repeats(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Leave of a line that comes three times or more in a row only the first, where the model doubts its words."""
    kept: list[Segment] = []
    for _, run in groupby(segments, key=lambda segment: _letters(segment.text)):
        same = list(run)
        kept += same[:1] if len(same) > _MOST_REPEATS and all(map(_doubted, same)) else same
    return tuple(kept)


def _doubted(segment: Segment) -> bool:
    known = [word.confidence for word in segment.words if word.confidence is not None]
    return bool(known) and sum(known) / len(known) < DOUBTED_WORDS


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
