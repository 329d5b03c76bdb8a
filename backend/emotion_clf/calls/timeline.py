"""The values of a call: turns of speech, windows with their emotions, and the timeline that holds both.

Times are seconds from the start of the recording. Speakers have names: `left` and `right` where each has a channel,
`A`, `B` and so on where they were told apart by their voices, `A` alone where nobody was told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

Layout = Literal["channels", "voices", "one"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A stretch in which one speaker speaks without a long pause.

    Attributes:
        start_s: its start, in seconds.
        end_s: its end.
        speaker: who speaks.
        syllables: how many syllables were counted in it, roughly; None where nobody counted.
    """

    start_s: float
    end_s: float
    speaker: str
    syllables: int | None = None

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Window:
    """A few seconds of one speaker, and what they sound like.

    Attributes:
        start_s: its start, in seconds.
        end_s: its end.
        speaker: whose voice it is; None where nobody speaks.
        speech_s: seconds of that speaker's speech in it.
        overlap_s: seconds of it in which somebody else speaks too.
        label: the most probable emotion; None where nobody speaks, or the voice is one that is not judged.
        probabilities: every label's probability, most probable first; empty where there is no label.
        uncertain: whether the answer is under the model's threshold; False where there is no label.
    """

    start_s: float
    end_s: float
    speaker: str | None
    speech_s: float
    overlap_s: float
    label: str | None = None
    probabilities: dict[str, float] | None = None
    uncertain: bool = False

    @property
    def confidence(self) -> float | None:
        """The probability of the label, None where there is none."""
        return None if self.label is None or self.probabilities is None else self.probabilities[self.label]

    def as_dict(self) -> dict[str, Any]:
        """The window for programs."""
        return {
            "start_s": round(self.start_s, 3),
            "end_s": round(self.end_s, 3),
            "speaker": self.speaker,
            "speech_s": round(self.speech_s, 3),
            "overlap_s": round(self.overlap_s, 3),
            "label": self.label,
            "confidence": self.confidence,
            "probabilities": self.probabilities or {},
            "uncertain": self.uncertain,
        }


@dataclass(frozen=True, slots=True)
class Timeline:
    """A call from its start to its end.

    Attributes:
        duration_s: length of the recording in seconds.
        window_s: length of a window.
        hop_s: from the start of one window to the start of the next.
        layout: how speakers were told apart.
        speakers: their names, in the order of the channels or in which they are first heard; none where nobody speaks.
        customer: who is taken for the customer; None where nobody speaks.
        customer_chosen: whether somebody said so, else it is a guess.
        labels: the emotions the model knows, in its order.
        turns: in order of their starts.
        windows: in order of their starts, then of `speakers`.
        model_name: the speech bundle.
        model_version: its version.
        notes: sentences for people on how far to trust it.
    """

    duration_s: float
    window_s: float
    hop_s: float
    layout: Layout
    speakers: tuple[str, ...]
    customer: str | None
    customer_chosen: bool
    labels: tuple[str, ...]
    turns: tuple[Turn, ...]
    windows: tuple[Window, ...]
    model_name: str
    model_version: str
    notes: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Window]:
        return iter(self.windows)

    def as_dict(self) -> dict[str, Any]:
        """The timeline for programs; `from_dict` reads it."""
        return {
            "duration_s": round(self.duration_s, 3),
            "window_s": self.window_s,
            "hop_s": self.hop_s,
            "layout": self.layout,
            "speakers": list(self.speakers),
            "customer": self.customer,
            "customer_chosen": self.customer_chosen,
            "labels": list(self.labels),
            "model": {"name": self.model_name, "version": self.model_version},
            "notes": list(self.notes),
            "turns": [
                {
                    "start_s": round(turn.start_s, 3),
                    "end_s": round(turn.end_s, 3),
                    "speaker": turn.speaker,
                    "syllables": turn.syllables,
                }
                for turn in self.turns
            ],
            "windows": [window.as_dict() for window in self.windows],
        }

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Timeline:
        """The timeline of what `as_dict` gave, to a millisecond.

        Raises:
            KeyError, TypeError: it gave something else.
        """
        return cls(
            duration_s=fields["duration_s"],
            window_s=fields["window_s"],
            hop_s=fields["hop_s"],
            layout=cast("Layout", fields["layout"]),
            speakers=tuple(fields["speakers"]),
            customer=fields["customer"],
            customer_chosen=fields["customer_chosen"],
            labels=tuple(fields["labels"]),
            turns=tuple(Turn(**turn) for turn in fields["turns"]),
            windows=tuple(map(_window, fields["windows"])),
            model_name=fields["model"]["name"],
            model_version=fields["model"]["version"],
            notes=tuple(fields["notes"]),
        )


def _window(fields: dict[str, Any]) -> Window:
    return Window(
        start_s=fields["start_s"],
        end_s=fields["end_s"],
        speaker=fields["speaker"],
        speech_s=fields["speech_s"],
        overlap_s=fields["overlap_s"],
        label=fields["label"],
        probabilities=fields["probabilities"] or None,
        uncertain=fields["uncertain"],
    )
