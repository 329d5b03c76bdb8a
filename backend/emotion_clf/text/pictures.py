"""Emoji and emoticons → the words of what people mean by them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final

import emoji

from emotion_clf.text.letters import JOINERS

_SYMBOLS: Final = ("So", "Sk")  # pictures that are no emoji; tones of skin
_FIRST_PICTURE: Final = 0x2000  # below lie letters with their accents, and signs such as the degree's
_LETTER_OF_A_FLAG: Final = "regional indicator symbol letter "  # alone it is a letter
_SEXES: Final = "\u2640\u2642"
_UNSAID: Final = frozenset("\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff\ufe0f\u20e3")  # tones, selector, key

# Faces, hearts and gestures whose Unicode names do not say what people mean: "pouting" is rage.
_MEANT: Final[dict[str, str]] = {
    "I am so angry": "😠 😡 🤬 👿 😾 💢",
    "so annoyed": "😤 😖 😣 😒 🙄 😑 🤦 😮‍💨",
    "fuck you": "🖕",
    "so sad": "😔 🙁 ☹ 😥 🥺 😓 😿 🥲 😩 😢 😭",
    "disappointed": "😞",
    "so heartbroken": "💔 ❤‍🩹",
    "worried": "😟 😰",
    "terrified": "😨 😱 😧 🙀 🫣",
    "I am nervous": "😬",
    "disgusting": "🤢 🤮",
    "surprised": "😮 😯 😲 😦 🫢",
    "shocked": "🤯",
    "so embarrassed": "😳",
    "confused": "😕 😵 🤔 🤨",
    "happy": "😀 😃 😄 😁 🙂 😊 ☺ 😇 😺 😸 😎 🤗 ☻",
    "haha": "😆 😂 🤣 😹 😅",
    "love": "😍 🥰 😘 😗 😙 😚 😻 😽 ❤ ♥ 💕 💖 💗 💓 💘 💝 💞 💙 💚 💛 🧡 💜 🤎 🖤 🤍 🩷 🩵 🩶 ❣ 💟 🫶 ❤‍🔥 💋 💌",
    "joking": "😉 😜 😝 😛 🤪",
    "excited": "🤩 🥳 🎉 🎊",
    "relieved": "😌",
    "delicious": "😋",
    "good": "👍 👌",
    "not good": "👎",
    "well done": "👏 🏆",
    "hooray": "🙌",
    "thank you": "🙏",
}
_MEANINGS: Final = {picture: words for words, pictures in _MEANT.items() for picture in pictures.split()}

_FACE: Final = r"(?:(?<!\w)=|:)[-'^o]?"  # eyes and nose; "x=(1)" is none
# What stands between letters is part of a word, of a time or of a proportion.
_EMOTICONS: Final = (
    ("I am so angry", r">[:=][-'^o]?[(\[/\\|<]+|(?<!\w)D:<"),
    ("so heartbroken", r"<[/\\]3+(?!\w)"),
    (
        "so sad",
        rf"[:=]'[-o]?[(\[]+|(?<![\w)]);-?\(+(?!\w)|;_+;|(?<!\w)(?:T_+T|Q_+Q|TT_+TT)(?!\w)|{_FACE}[(\[{{]+(?!\w)",
    ),
    ("so sad", r"(?<!\w):-?[cC](?!\w)|(?<!\S)\)-?[:=](?!\w)"),
    ("love", rf"<3+(?!\w|[.,]\d)|(?<!\w){_FACE}\*+(?!\w)"),
    (
        "happy",
        rf"[:=]'[-o]?[)\]]+|(?<!\w)(?:{_FACE}D|:3)(?!\w)|{_FACE}[)\]}}]+|(?<!\w)[(\[]['-]?[:=](?![\w/)\]])|\^[_.-]+\^",
    ),
    ("joking", r";[-^]?[)\]D]+(?!\w)|(?<!\w)[:=;]-?[Ppb](?!\w)"),
    ("haha", r"(?<!\w)[xX]-?D+(?!\w)"),
    ("so annoyed", rf"(?<!\w){_FACE}[/\\]+(?![\w/])|(?<!\w)-[_.]+-(?!\w)|¬_+¬|ಠ_+ಠ|>[_.]+<|\(╯°□°\S{{0,3}}"),
    ("surprised", rf"(?<!\w)(?:{_FACE}[oO]|[oO0]_+[oO0]|[oO]\.[oO])(?!\w)"),
    ("confused", r"(?<!\w):-?[sS](?!\w)|¯\\_+\(ツ\)_+/¯"),
    ("shocked", r"(?<!\S)D-?:(?!\S)\s{0,9}\Z"),
)
_EMOTICON: Final = re.compile("|".join(f"({pattern})" for _, pattern in _EMOTICONS))
_HINTS: Final = frozenset(":;=<>^_xX(.-")


def picture_name(character: str) -> str:
    """Return the Unicode name of a picture in lower case, without what all faces share; empty where there is none."""
    name = unicodedata.name(character, "").lower().removeprefix(_LETTER_OF_A_FLAG)
    return name.replace(" face", "").replace("face with ", "")


def named_pictures(text: str) -> str:
    """Write emoji and other symbols as their names; tones of skin and sexes say nothing."""
    if text.isascii():
        return text
    return "".join(map(_symbol_name, emoji.replace_emoji(text, lambda picture, _: f" {_name(picture)} ")))


def meant_pictures(text: str) -> str:
    """Write emoji and emoticons as the words of what people mean by them; those that mean nothing stay."""
    if not text.isascii():
        text = emoji.replace_emoji(text, _meant)
    return _EMOTICON.sub(_emoticon_words, text) if not _HINTS.isdisjoint(text) else text


def is_pictures(text: str) -> bool:
    """Tell whether a text has no words beside emoji and emoticons."""
    return not any(map(str.isalnum, _EMOTICON.sub("", emoji.replace_emoji(text, ""))))


def emoticons(text: str) -> tuple[tuple[int, int], ...]:
    """Return where emoticons begin and end in a text."""
    return tuple(match.span() for match in _EMOTICON.finditer(text))


def _emoticon_words(match: re.Match[str]) -> str:
    return f" {_EMOTICONS[(match.lastindex or 1) - 1][0]} "


def _meant(picture: str, _data: dict[str, Any]) -> str:
    words = _MEANINGS.get(_bare(picture))
    return f" {words} " if words else picture


def _bare(picture: str) -> str:
    """Return a picture without tone of skin and sex."""
    bare = "".join(part for part in picture if part not in _UNSAID)
    return bare.rstrip(_SEXES).rstrip("\u200d") or bare


def _name(picture: str) -> str:
    """Return the Unicode name of one character, which the models know, else the name of the whole sequence."""
    bare = _bare(picture)
    if len(bare) == 1 and ord(bare) <= _FIRST_PICTURE:
        return bare
    known = picture_name(bare) if len(bare) == 1 else ""
    named = emoji.demojize(bare, delimiters=("", "")) if emoji.is_emoji(bare) else emoji.demojize(picture, ("", ""))
    return known or named.replace("_", " ").lower()


def _symbol_name(character: str) -> str:
    """Return the name of a symbol that is no emoji."""
    if ord(character) <= _FIRST_PICTURE or character in JOINERS or unicodedata.category(character) not in _SYMBOLS:
        return character
    return f" {picture_name(character)} "
