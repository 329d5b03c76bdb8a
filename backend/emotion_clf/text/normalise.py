"""Text as people write it → text as the models read it."""

from __future__ import annotations

import unicodedata
from typing import Final

_QUOTES: Final = {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'}
_PICTURES: Final = ("So", "Sk")  # emoji and other symbols; skin tones
_INVISIBLE: Final = ("Cf", "Mn", "Cs")  # joiners, variation selectors, halves of broken pairs
_FIRST_PICTURE: Final = 0x2000  # below lie letters with their accents, and signs such as the degree's


def normalise(text: str) -> str:
    """Write a text with the characters the models were trained on.

    Emoji become their Unicode names in words, without what all faces share ("face with tears of joy" is read as "tears
    of joy"); curly quotes become straight; joiners and variation selectors are dropped; white space is squeezed. The
    masks of GoEmotions, `[NAME]` and `[RELIGION]`, become words. What is normalised stays as it is when normalised
    again.
    """
    if not text.isascii():
        text = "".join(map(_readable, text))
    return " ".join(text.replace("[NAME]", "name").replace("[RELIGION]", "religion").split())


def _readable(character: str) -> str:
    if character in _QUOTES:
        return _QUOTES[character]
    if ord(character) <= _FIRST_PICTURE:
        return character
    category = unicodedata.category(character)
    if category in _PICTURES:
        return f" {picture_name(character)} "
    return "" if category in _INVISIBLE else character


def picture_name(character: str) -> str:
    """The name of an emoji as the models read it, in lower case; empty for one that Unicode has not named."""
    return unicodedata.name(character, "").lower().replace(" face", "").replace("face with ", "")
