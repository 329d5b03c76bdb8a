"""What is known of a corpus, and what reading a copy of it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ml_models.data.corpora import require_trainable
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ml_models.data.corpora import Clip

UNKNOWN_LANGUAGE = "und"


class Reason(StrEnum):
    """Why a sound file did not become a clip."""

    FOREIGN = "its name is not one of this corpus"
    COPY = "the same bytes as another file of the same name"
    OTHER_FORM = "another form of a clip already read, under the same name"
    KNOWN_BAD = "known to be unusable"
    NO_EMOTION = "no folder above it names an emotion"
    NO_SPEAKER = "no folder above it names a speaker"


@dataclass(frozen=True)
class LeftOut:
    """A sound file that did not become a clip."""

    path: Path
    reason: Reason


@dataclass(frozen=True)
class Reading:
    """What a copy of a corpus holds.

    Attributes:
        clips: in the order of their paths.
        left_out: the other sound files that were found.
    """

    clips: tuple[Clip, ...]
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """A corpus: facts its authors published, and how to read a copy of it.

    Attributes:
        name: short name, as commands and clips use it.
        title: as a model card says it.
        languages: ISO 639-1 codes; none where the user says them.
        emotions: what is acted in it; none where the user says them.
        licence: in a few words.
        source: where to get it.
        layout: how it must lie on disk.
        grammar: how to read a file name, in the words of its documentation.
        reader: from a folder to what is in it.
        clips: how many recordings were published; None where nobody has counted.
        speakers: how many people they are of.
        unusable: how many of the recordings are known to be bad and left out.
    """

    name: str
    title: str
    languages: tuple[str, ...]
    emotions: tuple[str, ...]
    licence: str
    source: str
    layout: str
    grammar: str
    reader: Callable[[Path], Reading]
    clips: int | None = None
    speakers: int | None = None
    unusable: int = 0

    @property
    def usable_clips(self) -> int | None:
        """How many clips a complete copy gives."""
        return None if self.clips is None else self.clips - self.unusable

    def survey(self, folder: Path) -> Reading:
        """Read a copy, and keep account of what was left out.

        Raises:
            TrainingDataError: no such folder, nothing of this corpus in it, Git LFS pointers in place of sound,
                a single emotion or a single speaker.
        """
        reading = self.reader(folder)
        if not reading.clips:
            raise TrainingDataError(f"{folder} holds no clips of {self.title}. Expected: {self.layout}.")
        require_trainable(reading.clips)
        return reading

    def read(self, folder: Path) -> tuple[Clip, ...]:
        """Read the clips of a copy.

        Raises:
            TrainingDataError: as `survey`.
        """
        return self.survey(folder).clips
