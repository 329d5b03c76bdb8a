"""What may be asked of a call, and what is kept of the answer: the values that travel."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal

from emotion_clf.pipeline.requests import CALL, Kind

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from emotion_clf.calls import Timeline

SpeakersFrom = Literal["auto", "channels", "voices", "one"]

SPEAKERS_FROM: Final[tuple[SpeakersFrom, ...]] = ("auto", "channels", "voices", "one")
PEAKS_PER_S: Final = 8


@dataclass(frozen=True, slots=True)
class CallOptions:
    """How to go about a call.

    Attributes:
        model: name of a speech bundle; None: the default.
        customer: the speaker who is the customer, as `Timeline` names speakers; None: guessed.
        speakers: how speakers are told apart: by channels, by voices, not at all, or `auto`: by channels where the
            recording has two that differ, else by voices.
        hop_s: from the start of one window to the start of the next, in seconds; None: the setting.
    """

    model: str | None = None
    customer: str | None = None
    speakers: SpeakersFrom = "auto"
    hop_s: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """The options for JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class CallRequest:
    """A recording of a call.

    Attributes:
        source: the file's name.
        options: how to go about it.
    """

    kind: ClassVar[Kind] = CALL
    plays: ClassVar[bool] = False  # the decoded sound is what plays, once it is there

    source: str
    options: CallOptions = CallOptions()

    @property
    def suffix(self) -> str:
        """The ending of the file's name in lower case."""
        return PurePath(self.source).suffix.lower()


@dataclass(frozen=True, slots=True, eq=False)
class CallAnalysis:
    """What was found in a call, and what is kept to look at it again without its sound.

    Attributes:
        timeline: with the emotions of those voices that are judged.
        embeddings: float32 of shape (windows, dim), one row for each of `timeline.windows`; zeros where nothing was
            embedded. With them another speaker can be called the customer at once, and nobody else is judged before.
        peaks: uint8 of shape (channels, ceil(duration_s * PEAKS_PER_S)), the loudest sample of each eighth of a second,
            full scale is 255.
    """

    timeline: Timeline
    embeddings: npt.NDArray[np.float32]
    peaks: npt.NDArray[np.uint8]
