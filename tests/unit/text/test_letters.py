from __future__ import annotations

import sys
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.text.letters import APOSTROPHES, plain_letters
from emotion_clf.text.normalise import meant, normalise, readable

PLAIN = "I don't like this so much, I am angry"


@pytest.mark.parametrize("apostrophe", APOSTROPHES)
def test_every_apostrophe_is_one(apostrophe: str) -> None:
    assert normalise(PLAIN.replace("'", apostrophe)) == PLAIN


def _styled(first: int) -> str:
    """The text in one of Unicode's alphabets that begin with a capital A."""
    return "".join(" " if letter == " " else chr(first + ord(letter) - ord("A")) for letter in "SO ANGRY")


@pytest.mark.parametrize(
    "first",
    [
        0x1D400,  # bold
        0x1D468,  # bold italic
        0x1D4D0,  # bold script
        0x1D56C,  # bold Fraktur
        0x1D5A0,  # sans-serif
        0x1D670,  # monospace
        0x24B6,  # circled
        0x1F110,  # in parentheses
        0x1F130,  # squared
        0x1F150,  # white in a circle
        0x1F170,  # white in a square
        0xFF21,  # full-width
    ],
)
def test_letters_of_any_style_are_the_plain_ones(first: int) -> None:
    assert normalise(_styled(first)) == "SO ANGRY"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("ᴀɴɢʀʏ", "angry"),
        ("an\u00adgry\u200b \u2060so\ufeff", "angry so"),
        ("a\u0336n\u0336g\u0336ry", "angry"),
        ("cafe\u0301", "café"),
        ("don`t `x`", "don't `x`"),
        ("don\ufffdt", "don't"),
        ("\uff29\u3000\uff41\uff4d\uff01", "I am!"),
        ("№ 5, ² and 20 °C… 今日は", "No 5, 2 and 20 °C… 今日は"),
        ("\u0928\u092e\u0938\u094d\u0924\u0947", "\u0928\u092e\u0938\u094d\u0924\u0947"),
    ],
)
def test_what_is_unusual_becomes_plain_and_the_rest_stays(text: str, read: str) -> None:
    assert normalise(text) == read


def test_every_character_is_plain_after_one_step_or_two() -> None:
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) not in {"Cs", "Cn", "Co"}:
            twice = plain_letters(plain_letters(character))
            assert plain_letters(twice) == twice, hex(code)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_readable_or_meant_stays(text: str) -> None:
    assert readable(readable(text)) == readable(text)
    assert meant(meant(text)) == meant(text)


@pytest.mark.parametrize(
    "piece",
    ["a.", "a@", "<p ", "<!--", "<script>", "<p>", "&#", "&amp;", "a://", ":(", "A: ", "@a", "www.", "😡", "\u200d",
     "_", "T_", "(", "<", "[", "1:11 ", "-_", ">_", "`", "r/", "&lt;p&gt;", "<a x", "](", "é\u0301"],
)  # fmt: skip
def test_time_grows_with_the_text_alone(piece: str) -> None:
    text = piece * (64 * 1024 // len(piece))
    started = time.process_time()
    normalise(text)
    meant(text)
    assert time.process_time() - started < 10
