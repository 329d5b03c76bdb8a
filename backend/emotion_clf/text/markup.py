"""HTML that was pasted → the words in it."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Final

from emotion_clf.text.words import word_set

_BLOCKS: Final = word_set(
    "address article aside blockquote body button caption center dd details div dl dt fieldset figcaption figure "
    "footer "
    "form h1 h2 h3 h4 h5 h6 head header hr html legend li main nav ol option p pre section select summary table "
    "tbody td "
    "textarea tfoot th thead title tr ul"
)
_INLINE: Final = word_set(
    "a abbr acronym b base big br cite code del dfn em font i iframe img input ins kbd label link mark meta path "
    "picture q "
    "s samp script small source span strike strong style sub sup svg template time tt u video"
)
_UNSEEN: Final = frozenset({"script", "style", "template", "title", "head"})
_NAMES: Final = "|".join(sorted(_BLOCKS | _INLINE, key=len, reverse=True))
_TAG: Final = re.compile(rf"</?(?:{_NAMES})(?:[\s/][^<>]{{0,4000}})?>", re.IGNORECASE)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def without_markup(text: str) -> str:
    """Return the words of a text that holds HTML, blocks apart by an empty line; any other text as it is.

    What is no tag of HTML, such as "<3" or "a < b", stays. Entities are unescaped; scripts and styles are dropped.
    """
    if "<" in text and _TAG.search(text):
        return _words(text)
    return unescaped(text)


def unescaped(text: str) -> str:
    """Return a text with its entities written out; those without a semicolon, as in "Q&A", stay."""
    return _ENTITY.sub(lambda match: html.unescape(match.group()), text) if "&" in text else text


def _words(text: str) -> str:
    reader = _Reader()
    # The parser is given whole tags alone: a lone "<" would make it look for an end again and again.
    reader.feed(_only_tags(_without_comments(text)))
    reader.close()
    return unescaped("".join(reader.pieces))


def _without_comments(text: str) -> str:
    pieces, begin = [], 0
    while (start := text.find("<!--", begin)) >= 0 and (end := text.find("-->", start + 4)) >= 0:
        pieces.append(text[begin:start])
        begin = end + 3
    return "".join([*pieces, text[begin:]])


def _only_tags(text: str) -> str:
    """Escape everything but tags of HTML, so that nothing else is taken for markup."""
    pieces, end = [], 0
    for match in _TAG.finditer(text):
        pieces += [_escaped(text[end : match.start()]), match.group()]
        end = match.end()
    return "".join([*pieces, _escaped(text[end:])])


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


class _Reader(HTMLParser):
    """Collects what a reader of the page sees."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a block, a line, or what nobody sees."""
        del attrs
        self._unseen += tag in _UNSEEN
        self._break(tag)

    def handle_endtag(self, tag: str) -> None:
        """End it."""
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._break(tag)

    def handle_data(self, data: str) -> None:
        """Take words; line breaks of the source are blanks."""
        if not self._unseen:
            self.pieces.append(re.sub(r"\s+", " ", data))

    def _break(self, tag: str) -> None:
        if tag in _BLOCKS:
            self.pieces.append("\n\n")
        elif tag == "br":
            self.pieces.append("\n")
