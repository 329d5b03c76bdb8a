"""Text as people write it → text as the models read it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from emotion_clf.text.addresses import without_addresses
from emotion_clf.text.labels import without_label
from emotion_clf.text.letters import plain_letters, without_joiners
from emotion_clf.text.markup import without_markup
from emotion_clf.text.pictures import meant_pictures, named_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_ROUNDS: Final = 8


def normalise(text: str) -> str:
    """Write a text with the characters the models were trained on, and without what carries no feeling.

    Unusual letters become plain ones; markup, addresses, handles and the name of a speaker before a colon are left out;
    emoji become their Unicode names in words, without what all faces share ("face with tears of joy" is read as "tears
    of joy"); white space is squeezed. The masks of GoEmotions, `[NAME]` and `[RELIGION]`, become words. What is
    normalised stays as it is when normalised again.
    """
    return _settled(_named, text)


def meant(text: str) -> str:
    """Write a text as `normalise` does, with emoji and emoticons as the words of what people mean by them."""
    return normalise(meant_pictures(readable(text)))


def readable(text: str) -> str:
    """Write a text in plain letters, without markup, addresses and the name of its speaker; emoji stay."""
    return _settled(_readable, text)


def _settled(step: Callable[[str], str], text: str) -> str:
    """Return what a step makes of a text once nothing is left for it: what it takes out may bring others together."""
    for _ in range(_MOST_ROUNDS):
        before, text = text, step(text)
        if text == before:
            break
    return text


def _readable(text: str) -> str:
    return without_label(" ".join(without_addresses(without_markup(plain_letters(text))).split()))


def _named(text: str) -> str:
    text = without_joiners(named_pictures(_readable(text)))
    return _readable(text.replace("[NAME]", "name").replace("[RELIGION]", "religion"))
