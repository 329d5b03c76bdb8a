"""Whether a secret looks made up by a person, or copied from an example."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

LEAST_BITS: Final = 90.0
_PERIOD_CHARACTERS: Final = 16
_EXAMPLES: Final = (
    *(
        "change",
        "default",
        "example",
        "insecure",
        "passwor",
        "production",
        "replace",
        "secret",
        "super",
        "your-",
        "your_",
    ),
)


def is_weak(key: str) -> bool:
    """Whether a key repeats itself, says what it is, or has too few different characters to be random.

    The bits are those of its characters' frequencies: 32 random hexadecimal digits have about 115, and hardly ever
    fewer than 90.
    """
    said = key.lower()
    if any(word in said for word in _EXAMPLES) or _repeats(said):
        return True
    return len(key) * _bits_a_character(key) < LEAST_BITS


def _repeats(key: str) -> bool:
    """Whether it is one short part over and over."""
    return any(key == (key[:size] * len(key))[: len(key)] for size in range(1, min(_PERIOD_CHARACTERS, len(key) - 1)))


def _bits_a_character(key: str) -> float:
    shares = [count / len(key) for count in Counter(key).values()]
    return -sum(share * math.log2(share) for share in shares)
