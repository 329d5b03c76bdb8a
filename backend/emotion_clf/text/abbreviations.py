"""Words that end in a full stop without ending a sentence."""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

from emotion_clf.text.words import word_set

_BEFORE_A_NAME: Final = word_set(
    "mr mrs ms dr prof st mt rev hon gen col lt sgt capt cpt cmdr maj gov sen rep pres vs v cf mme mlle herr sr "
    "sra messrs "
    "fr bros"
)
_BEFORE_A_NUMBER: Final = word_set("no nos fig figs vol pp p ca nr tel ext ch sec art")
_WITHIN_A_SENTENCE: Final = word_set(
    "etc inc ltd co corp jr ph.d dept est ave blvd rd al misc govt esp "
    "incl hrs hr ft lb lbs oz km cm kg mph yr yrs mins approx bzw max"
)
_OF_TIME: Final = word_set("jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri")
_DAYS: Final = frozenset({"Sat", "Sun"})  # in lower case they are words
_DOTTED: Final = re.compile(r"(?:[a-z]\.)+[a-z]")
_NEVER_LAST: Final = frozenset({"e.g", "i.e"})
# Behind "U.S." or "p.m." a capital may begin a name or a sentence: these words begin sentences.
_STARTERS: Final = word_set(
    "I I'm I've I'd I'll You We He She It They This That These Those There The A An My Your His Her Our Their But "
    "And So "
    "Then If When What Why How Who No Yes Not Please Thank Thanks Do Does Did Is Are Was Were Can Now Well Nobody "
    "Everyone Someone"
)
_LONGEST: Final = 40


def abbreviates(before: str, following: str) -> bool:
    """Tell whether a full stop belongs to the word before it, and not to the end of a sentence.

    Args:
        before: the text up to the stop, the end of it at least.
        following: the text behind it, without leading white space; not empty.
    """
    spelt = _last_word(before)
    word = spelt.lower()
    if word in _BEFORE_A_NUMBER:
        return following[0].isdigit()
    if word in _OF_TIME or word in _WITHIN_A_SENTENCE or spelt in _DAYS:
        return following[0].isdigit() or following[0].islower()
    if _DOTTED.fullmatch(word) and word not in _NEVER_LAST:
        return not _begins_a_sentence(following)
    is_known = word in _BEFORE_A_NAME or word in _NEVER_LAST or _is_initial(word)
    return is_known or _numbers_an_item(before, spelt)


def _last_word(text: str) -> str:
    letters = takewhile(lambda character: character.isalnum() or character in "._", reversed(text[-_LONGEST:]))
    return "".join(letters)[::-1]


def _begins_a_sentence(following: str) -> bool:
    """Tell whether the first word is one that begins sentences, or the last one was the time of day before a name."""
    first = following.split(maxsplit=1)[0].rstrip(",;:!?.").replace("\u2019", "'")
    return first in _STARTERS or not (following[0].isalnum() or following[0] in "('\"-$\u20ac\u00a3&,")


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.isalpha() and word != "i"


def _numbers_an_item(before: str, word: str) -> bool:
    """Tell whether a number alone begins the text, as that of a point in a list."""
    return word.isdigit() and not before[: len(before) - len(word)].strip()
