"""Addresses of the web, of e-mail and of people: they name a place, and say nothing of a feeling."""

from __future__ import annotations

import re
from typing import Final

# Endings of hosts that are no English words. Those that are ("ok.im", "thank.me") count only before a path.
_ENDINGS: Final = (
    "com|org|net|edu|gov|mil|int|info|biz|io|ai|dev|app|tv|gg|ly|gl|co|eu|uk|de|fr|nl|pl|ru|ua|cn|jp|kr|ca|au|nz|br|mx|ch|"
    "se|dk|fi|es|pt|cz|sk|hu|ro|gr|tr|il|ir|za|xyz|example|mobi|asia|website|online|site|shop|blog|cloud|page|wiki|tech"
)
_WORDS: Final = (
    "am|as|at|be|by|do|id|im|in|is|it|me|my|no|so|to|us|love|life|live|lol|fun|news|today|world|art|care|link|social|chat|"
    "store|space|club|name|pro|media|works|help|zone|run|best|one"
)
_REST: Final = r"[^\s<>\"]*"
# Each alternative is tried only where a run of its characters begins, and is bounded: time grows with the text alone.
ADDRESS: Final = re.compile(
    rf"(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]{{1,15}}://{_REST}"
    rf"|(?<![\w.-])www\.[\w-]{_REST}"
    rf"|(?:\bmailto:)?(?<![\w.+-])[\w.+-]{{1,64}}@[\w-]{{1,63}}(?:\.[\w-]{{2,63}}){{1,8}}(?:\?[\w-]{{1,40}}={_REST})?"
    rf"|(?<![\w.-])(?:\d{{1,3}}(?:\.\d{{1,3}}){{3}}|localhost)(?![\w-])(?!\.\w)(?::\d{{1,5}})?(?:/{_REST})?"
    rf"|(?<![\w.@-])(?:[\w-]{{1,63}}\.){{1,8}}(?:(?:{_ENDINGS})(?![\w-])(?!\.\w)(?:[/?\#:]{_REST})?|(?:{_WORDS})/{_REST})"
    r"|(?<![\w@./])@(?=[\w.-]{0,60}[^\W\d])\w(?:[\w.-]{0,60}\w)?(?:@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})?"
    r"|(?<![\w/.])/?[ur]/\w{2,30}"
)
_BEHIND: Final = ".,;:!?)]}'"
_ENDS: Final = "!?"
_BRACKETS: Final = ("()", "[]", "{}")
_LINK: Final = re.compile(r"\[([^\[\]]{1,200})\]\( {0,9}\)")  # a link of Markdown, its address gone
_EMPTY: Final = re.compile(r"\[ {0,9}\]|\( {0,9}\)|< {0,9}>")


def without_addresses(text: str) -> str:
    """Take addresses and handles out of a text, brackets that held nothing else too; "?" and "!" behind them stay."""
    if not any(mark in text for mark in ".@/"):
        return text
    left = ADDRESS.sub(_marks_behind, text)
    return text if left == text else _EMPTY.sub(" ", _LINK.sub(r"\1", left))


def _marks_behind(match: re.Match[str]) -> str:
    """Return the ends of sentences behind an address, and the brackets around it that it does not open itself."""
    found = match.group()
    ends = "".join(mark for mark in found[len(found.rstrip(_BEHIND)) :] if mark in _ENDS)
    closing = "".join(close * (found.count(close) - found.count(opening)) for opening, close in _BRACKETS)
    return closing + ends or " "
