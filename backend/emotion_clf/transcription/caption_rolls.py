"""Captions that roll, so that lines stand in several cues → every line once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_GAP_S: Final = 0.1
_FLASH_S: Final = 0.1  # a cue this short only keeps the last line on the screen
_MOST_WORDS: Final = 60
_LEAST_WORDS: Final = 2


@dataclass(frozen=True, slots=True)
class Cue:
    """Some lines and when they are on the screen."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]


def unrolled(cues: Sequence[Cue], plain: Callable[[str], str]) -> list[Cue]:
    """Return cues with times inside their lines, without the lines that were on the screen already.

    Args:
        cues: in order of time.
        plain: a line → its words.
    """
    kept: list[Cue] = []
    shown: tuple[str, ...] = ()
    shown_until_s = 0.0
    for cue in cues:
        lines = tuple(line for line in cue.lines if line.strip())
        words = tuple(map(plain, lines))
        if cue.start_s > shown_until_s + _GAP_S:
            shown = ()
        repeated = _overlap(shown, words)
        if lines[repeated:]:
            kept.append(replace(cue, lines=lines[repeated:]))
        shown, shown_until_s = words, cue.end_s
    return kept


def rolls(cues: Sequence[Cue], plain: Callable[[str], str]) -> bool:
    """Tell whether cues without times inside roll: most that follow at once begin with words that are on the screen."""
    words = [_words(cue, plain) for cue in cues]
    follow = [
        place for place, (one, other) in enumerate(pairwise(cues), start=1) if other.start_s <= one.end_s + _GAP_S
    ]
    grown = [place for place in follow if _goes_on(words[place - 1], words[place], cues[place])]
    return bool(grown) and 2 * len(grown) >= len(follow)


def words_unrolled(cues: Sequence[Cue], plain: Callable[[str], str]) -> list[Cue]:
    """Return the cues of captions that roll without the words that were on the screen already, each one line."""
    kept: list[Cue] = []
    shown: list[str] = []
    shown_until_s = 0.0
    for cue in cues:
        words = _words(cue, plain)
        if cue.start_s > shown_until_s + _GAP_S:
            shown = []
        new = words[_repeated(shown, words) :]
        if new:
            kept.append(replace(cue, lines=(" ".join(new),)))
        shown, shown_until_s = words or shown, cue.end_s
    return kept


def _words(cue: Cue, plain: Callable[[str], str]) -> list[str]:
    return " ".join(map(plain, cue.lines)).split()


def _goes_on(before: Sequence[str], words: Sequence[str], cue: Cue) -> bool:
    """Tell whether a cue repeats words and adds to them, or repeats them for a moment."""
    repeated = _repeated(before, words)
    return 0 < repeated < len(words) or (repeated > 0 and cue.end_s - cue.start_s <= _FLASH_S)


def _repeated(before: Sequence[str], words: Sequence[str]) -> int:
    """Return how many words of a cue were on the screen: one alone may be said again, unless it was all there was."""
    repeated = _overlap(before, words)
    return repeated if repeated >= _LEAST_WORDS or repeated in {len(before), len(words)} else 0


def _overlap(before: Sequence[str], following: Sequence[str]) -> int:
    """Return how many items at the end of one sequence are those at the beginning of the other."""
    most = min(len(before), len(following), _MOST_WORDS)
    return next((n for n in range(most, 0, -1) if before[len(before) - n :] == following[:n]), 0)
