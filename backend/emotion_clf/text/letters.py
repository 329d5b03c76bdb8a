"""Unusual letters, apostrophes and invisible characters → the plain ones, which the models were trained on."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final

APOSTROPHES: Final = (
    "\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02c8\u02ca\u02cb\u055a\u05f3\u07f4\u07f5\u1fbd\u1fbf\u2018\u2019\u201a\u201b"
    "\u2032\u2035\u275b\u275c\u2bbc\ua78b\ua78c\uff07\uff40"
)
_QUOTES: Final = "\u201c\u201d\u201e\u201f\u2033\u2036\u275d\u275e\u301d\u301e\u301f\uff02"
_PLAIN: Final = {**dict.fromkeys(map(ord, APOSTROPHES), "'"), **dict.fromkeys(map(ord, _QUOTES), '"')}
# A back-tick, and what a broken encoding leaves of an apostrophe, are one only within a word.
_WITHIN_A_WORD: Final = re.compile(r"(?<=[^\W\d_])(?:`|\ufffd|\u00e2\u20ac\u2122)(?=[^\W\d_])")
_FILLERS: Final = frozenset("\u115f\u1160\u2800\u3164\uffa0")  # letters and a symbol that nobody sees
JOINERS: Final = frozenset({"\u200d", "\ufe0f", *map(chr, range(0xE0020, 0xE0080))})  # parts of emoji
_NO_LETTER: Final = ("Cf", "Cs")
_BOXED_LETTER: Final = re.compile(r"NEGATIVE (?:CIRCLED|SQUARED) LATIN CAPITAL LETTER ([A-Z])")
_SMALL_CAPITAL: Final = re.compile(r"LATIN LETTER SMALL CAPITAL ([A-Z])")
_SPELT: Final = frozenset("()")  # around letters such as U+249C
_ACCENTS: Final = range(0x300, 0x370)
_ASCII: Final = 0x80


def plain_letters(text: str) -> str:
    """Write a text in plain letters: full-width, bold, script and circled ones are letters like any other.

    Accents are put together with their letters, strokes through them are dropped, apostrophes and quotes become
    straight, and what cannot be seen vanishes, but for the joiners within emoji. Signs that are no letters, such as an
    ellipsis or a degree sign, stay.
    """
    if text.isascii():
        return _WITHIN_A_WORD.sub("'", text) if "`" in text else text
    composed = _WITHIN_A_WORD.sub("'", unicodedata.normalize("NFC", text).translate(_PLAIN))
    return "".join(map(_plain, composed))


def without_joiners(text: str) -> str:
    """Drop what joined emoji, once they are read."""
    return text if text.isascii() else "".join(character for character in text if character not in JOINERS)


@lru_cache(maxsize=16_384)
def _plain(character: str) -> str:
    if ord(character) < _ASCII or character in JOINERS:
        return character
    category = unicodedata.category(character)
    if category in _NO_LETTER or ord(character) in _ACCENTS or (category == "Mn" and _is_selector(character)):
        return ""
    if character in _FILLERS or character.isspace():
        return " "
    return _named_letter(character) or _compatible(character, category)


def _named_letter(character: str) -> str:
    """Return the letter that a name alone tells; small capitals are a type face, not shouting."""
    name = unicodedata.name(character, "")
    if boxed := _BOXED_LETTER.fullmatch(name):
        return boxed[1]
    small = _SMALL_CAPITAL.fullmatch(name)
    return small[1].lower() if small else ""


def _is_selector(character: str) -> bool:
    """Tell whether a mark only chooses among pictures of a character, or is one for symbols alone."""
    return "VARIATION SELECTOR" in unicodedata.name(character, "") or "\u20d0" <= character <= "\u20ff"


def _compatible(character: str, category: str) -> str:
    """Return the plain form of a letter, number or full-width mark; anything else as it is."""
    plain = unicodedata.normalize("NFKC", character).translate(_PLAIN)
    letters = "".join(part for part in plain if part not in _SPELT) if category == "So" else plain
    is_letter = letters.isalnum() and character not in "\u2122\u2120"  # not the signs of a trade or service mark
    is_wide = unicodedata.east_asian_width(character) in {"F", "H"}
    return letters if is_letter else plain if is_wide else character
