"""Written comments made more like transcripts of speech, and taken apart into neighbours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np

FILLERS: Final = ("um", "uh", "like", "you know", "well", "so", "i mean")
FILLER_SHARE: Final = 0.05
_MARKS: Final = re.compile(r"[^\w\s']")
_BORDER: Final = re.compile(r"(?<=[.!?])\s+(?=\S)")
_FEWEST_LETTERS: Final = 3


def as_spoken(text: str, generator: np.random.Generator) -> str:
    """Lower case, no marks but apostrophes, and a filler before one word in twenty; a text of marks alone stays."""
    words = _MARKS.sub(" ", text).lower().split()
    if not words:
        return text
    spoken: list[str] = []
    for word in words:
        if generator.random() < FILLER_SHARE:
            spoken.append(str(generator.choice(FILLERS)))
        spoken.append(word)
    return " ".join(spoken)


def taken_apart(text: str, generator: np.random.Generator) -> tuple[str, str | None, str | None]:
    """Cut a text of several sentences at one of its borders.

    Returns:
        The longer part, what stands before it and what stands after it; of the latter one is None, and both are where
        the text has one sentence only.
    """
    borders = [
        found.start()
        for found in _BORDER.finditer(text)
        if min(_letters(text[: found.start()]), _letters(text[found.start() :])) >= _FEWEST_LETTERS
    ]
    if not borders:
        return text, None, None
    at = int(generator.choice(borders))
    first, second = text[:at].strip(), text[at:].strip()
    return (first, None, second) if len(first) >= len(second) else (second, first, None)


def _letters(text: str) -> int:
    return sum(character.isalpha() for character in text)
