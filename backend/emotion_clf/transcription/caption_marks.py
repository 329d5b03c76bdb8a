"""What captions hold beside words: sounds in brackets, songs, and the marks and names of those who speak."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from emotion_clf.text.labels import label_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# What our own redaction writes stands for words.
_SOUND: Final = re.compile(
    r"\[(?!(?:PHONE|EMAIL|URL|IP|IBAN|CARD|PERSON|LOCATION|NAME|RELIGION|[A-Z]{1,30}_[A-Z_]{1,30})\])[^\[\]]{0,80}\]"
)
_NOISE: Final = (
    r"(?:laugh\w*|chuckl\w*|giggl\w*|applau\w*|clapping|cheer(?:s|ing)|music|singing|sigh(?:s|ing)|sob(?:s|bing)|crying|"
    r"cough(?:s|ing)|sneez\w*|gasp\w*|groan\w*|grunt\w*|scream(?:s|ing)|whisper\w*|mumbl\w*|clears? throat|silence|"
    r"inaudible|indistinct|unintelligible|crosstalk|noise|beep\w*|ringing|knocking|footsteps|sniff\w*|whistl\w*)"
)
# A word or two may stand beside it, "(upbeat music playing)"; with a person in it, it is said: "(I was laughing)".
_ASIDE: Final = re.compile(
    rf"\((?!(?:i|you|he|she|it|we|they|my|your|his|her|our|their)\b)(?:[\w'-]{{1,20}} ){{0,2}}{_NOISE}"
    rf"(?: [\w'-]{{1,20}}){{0,2}}\)|\*{_NOISE}\*",
    re.IGNORECASE,
)
_NOTES: Final = "\u266a\u266b\u266c\u2669\U0001f3b5\U0001f3b6"
_SONG: Final = re.compile(rf"[{_NOTES}][^{_NOTES}]*[{_NOTES}]?")
_TURN: Final = re.compile(r">>+")
_DASH: Final = re.compile(r"[-\u2010-\u2014](?!-)\s*(?=\S)")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What one speaker says within a cue.

    Attributes:
        text: the words.
        speaker: the name given before them; None where none is.
        begins_turn: whether somebody else begins to speak with it.
    """

    text: str
    speaker: str | None = None
    begins_turn: bool = False


def without_marks(text: str, *, songs: bool = False) -> str:
    """Return a line without sounds in brackets and songs; with `songs`, the words of songs stay."""
    text = _ASIDE.sub(" ", _SOUND.sub(" ", text))
    text = re.sub(f"[{_NOTES}]", " ", text) if songs else _SONG.sub(" ", text)
    return " ".join(text.split())


def turns(text: str) -> list[str]:
    """Return a text apart at the marks of other speakers; what comes first may be empty."""
    return [turn.strip() for turn in _TURN.split(text)]


def stretches(lines: Sequence[str], *, songs: bool = False) -> list[Stretch]:
    """Return what is said in a cue: apart at ">>", at the dashes of a dialogue, and at names with a colon."""
    dashed = sum(_DASH.match(line) is not None for line in lines) > 1
    found: list[Stretch] = []
    for line in _whole(lines):
        for number, turn in enumerate(turns(line)):
            dash = _DASH.match(turn) if dashed else None
            said = without_marks(turn[dash.end() :] if dash else turn, songs=songs)
            found.append(_labelled(said, begins_turn=number > 0 or dash is not None))
    return _joined(found)


def _whole(lines: Sequence[str]) -> Iterable[str]:
    """Return the lines, those of a song that runs over several put together."""
    return [" ".join(lines)] if any(note in line for line in lines for note in _NOTES) else lines


def _labelled(text: str, *, begins_turn: bool) -> Stretch:
    name, start = label_of(text) or (None, 0)
    return Stretch(text[start:], name, begins_turn or name is not None)


def _joined(found: Sequence[Stretch]) -> list[Stretch]:
    """Return the stretches with words, those of one turn put together."""
    joined: list[Stretch] = []
    begins = False
    for one in found:
        begins = begins or one.begins_turn
        if not one.text:
            continue
        if joined and not begins:
            joined[-1] = Stretch(f"{joined[-1].text} {one.text}", joined[-1].speaker, joined[-1].begins_turn)
        else:
            joined.append(Stretch(one.text, one.speaker, begins))
        begins = False
    return joined
