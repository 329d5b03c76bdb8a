"""Personal data that a pattern, and where there is one a check sum, can find, in time linear in the text.

What people send is hostile now and then. So a pattern that may begin anywhere in a run of letters either has a bound on
its length, or takes a run that it does not find anything in as a whole (the part behind `find`), so that no run is read
once for each of its characters.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_DOMAINS: Final = (
    "com|org|net|edu|gov|info|biz|io|co|ai|app|dev|eu|uk|us|ca|au|nz|ie|de|at|ch|fr|be|nl|es|pt|it|pl|cz|se|no|dk|fi|in"
    "|jp|br"
)
_ADDRESSED: Final = r"[^\s@<>()\[\],;:\"]"
_EMAIL: Final = re.compile(rf"(?P<find>{_ADDRESSED}++@{_ADDRESSED}+\.[^\W\d_]{{2,}})|{_ADDRESSED}++")
_SPOKEN_LOCAL: Final = r"\w[\w-]*+(?: (?:dot|underscore|dash) [\w-]++)*+"
_SPOKEN_EMAIL: Final = re.compile(
    rf"(?P<find>{_SPOKEN_LOCAL} at [\w-]++(?: dot [\w-]++)* dot (?:{_DOMAINS})\b)|{_SPOKEN_LOCAL}", re.IGNORECASE
)
_ADDRESS: Final = re.compile(r"(?P<find>\b(?:https?://|www\.)[^\s<>\"]++)", re.IGNORECASE)
_HOST: Final = re.compile(
    rf"(?P<find>\w[\w-]*+\.(?:[\w-]++\.)*(?:{_DOMAINS})\b(?:/[^\s<>\"]*+)?)|\w[\w-]*+(?:\.[\w-]++)*+", re.IGNORECASE
)
_IBAN_START: Final = re.compile(r"(?<![^\W_])[A-Z]{2}[ -]?\d[ -]?\d", re.IGNORECASE)
_IBAN_LENGTHS: Final = {
    **dict.fromkeys(("NO",), 15),
    **dict.fromkeys(("BE",), 16),
    **dict.fromkeys(("DK", "FI", "FO", "GL", "NL", "SD"), 18),
    **dict.fromkeys(("MK", "SI"), 19),
    **dict.fromkeys(("AT", "BA", "EE", "KZ", "LT", "LU", "XK"), 20),
    **dict.fromkeys(("CH", "HR", "LI", "LV"), 21),
    **dict.fromkeys(("BG", "BH", "CR", "DE", "GB", "GE", "IE", "ME", "RS", "VA"), 22),
    **dict.fromkeys(("AE", "GI", "IL", "IQ", "OM", "SO", "TL"), 23),
    **dict.fromkeys(("AD", "CZ", "ES", "MD", "PK", "RO", "SA", "SE", "SK", "TN", "VG"), 24),
    **dict.fromkeys(("LY", "PT", "ST"), 25),
    **dict.fromkeys(("IS", "TR"), 26),
    **dict.fromkeys(("BI", "DJ", "FR", "GR", "IT", "MC", "MR", "SM"), 27),
    **dict.fromkeys(("AL", "AZ", "BY", "CY", "DO", "GT", "HU", "LB", "NI", "PL", "SV"), 28),
    **dict.fromkeys(("BR", "EG", "PS", "QA", "UA"), 29),
    **dict.fromkeys(("JO", "KW", "MU", "YE"), 30),
    **dict.fromkeys(("MT", "SC"), 31),
    **dict.fromkeys(("LC",), 32),
    **dict.fromkeys(("RU",), 33),
}
_DIGITS: Final = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,}(?!\d)")
_CARD_LENGTHS: Final = range(13, 20)
_IPV4: Final = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d]|\.\d)")
_IPV6: Final = re.compile(r"(?<![\w:.])(?=[0-9a-f:]*:[0-9a-f:]*:)[0-9a-f:]+(?:\.\d+)*(?![\w:])", re.IGNORECASE)
_MONTHS: Final = (
    r"jan(?:uary|uar|vier)?|jänner|enero|feb(?:ruary|ruar|rero)?|février|mar(?:ch|s|zo)?|märz|apr(?:il)?|avril|abril|may|mai|mayo|"
    r"june?|juni|juin|junio|july?|juli|juillet|julio|aug(?:ust)?|août|agosto|sept?(?:ember|embre|iembre)?|"
    r"o[ck]t(?:ober|obre|ubre)?|nov(?:ember|embre|iembre)?|de[cz](?:ember|iembre)?|décembre"
)
_DATE: Final = (
    r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}"
    rf"|\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s++(?:(?:of|de)\s++)?(?:{_MONTHS})\b\.?,?(?:\s++(?:de\s++)?\d{{2,4}})?"
    rf"|(?:{_MONTHS})\b\.?\s++(?:the\s++)?\d{{1,2}}(?:st|nd|rd|th)?\b(?:,?\s++\d{{2,4}})?"
)
_BIRTH: Final = re.compile(
    r"\b(?:born|birth(?:day|date)?|dob|d\.o\.b|geboren|geburtsdatum|geburtstag|née?|naissance|naci(?:do|da|miento|ó)|nací)\b"
    rf"[^\d\n]{{0,40}}?(?P<date>{_DATE})(?!\d)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A find: characters `start` up to, not including, `end` of a text, and its kind in lower case."""

    start: int
    end: int
    kind: str


def emails(text: str) -> Iterator[Span]:
    """E-mail addresses, also as spoken: "jo at example dot com"."""
    for pattern in (_EMAIL, _SPOKEN_EMAIL):
        for start, end in _found(pattern, text):
            yield Span(start, end, "email")


def urls(text: str) -> Iterator[Span]:
    """Web addresses, without the punctuation of the sentence after them."""
    reached = 0
    for start, end in sorted([*_found(_ADDRESS, text), *_found(_HOST, text)]):
        bare_end = start + len(text[start:end].rstrip(".,;:!?)]'"))
        if bare_end > reached:  # an address may stand within another's path
            yield Span(max(start, reached), bare_end, "url")
            reached = bare_end


def _found(pattern: re.Pattern[str], text: str) -> Iterator[tuple[int, int]]:
    """Where a pattern's `find` begins and ends, each time that it matched."""
    return (match.span("find") for match in pattern.finditer(text) if match["find"] is not None)


def ibans(text: str) -> Iterator[Span]:
    """International bank account numbers with a right check sum, spaced or not."""
    for match in _IBAN_START.finditer(text):
        length = _IBAN_LENGTHS.get(match[0][:2].upper())
        end = None if length is None else _end_of(text, match.start(), length)
        if end is not None and _iban_holds(re.sub(r"[ -]", "", text[match.start() : end])):
            yield Span(match.start(), end, "iban")


def _end_of(text: str, start: int, length: int) -> int | None:
    """Where `length` letters and digits end, with at most one blank or hyphen between two of them."""
    match = re.compile(rf"[A-Z0-9](?:[ -]?[A-Z0-9]){{{length - 1}}}(?![A-Z0-9])", re.IGNORECASE).match(text, start)
    return match.end() if match and match[0].isascii() else None


def _iban_holds(iban: str) -> bool:
    """ISO 7064: the first four characters go to the end, letters become 10 to 35, and the rest by 97 is 1."""
    digits = "".join(str(int(character, 36)) for character in iban[4:] + iban[:4])
    return int(digits) % 97 == 1


def cards(text: str) -> Iterator[Span]:
    """Payment card numbers: 13 to 19 digits with a right check digit, spaced or not, also among other digits."""
    for match in _DIGITS.finditer(text):
        groups = [(match.start() + group.start(), group[0]) for group in re.finditer(r"\d+", match[0])]
        first = 0
        while first < len(groups):
            last = _card_from(groups, first)
            if last is None:
                first += 1
                continue
            yield Span(groups[first][0], groups[last][0] + len(groups[last][1]), "card")
            first = last + 1


def _card_from(groups: list[tuple[int, str]], first: int) -> int | None:
    """The last of the groups that make up the longest card number from `first` on; None where there is none."""
    digits, found = "", None
    for place in range(first, len(groups)):
        digits += groups[place][1]
        if len(digits) > _CARD_LENGTHS[-1]:
            break
        if len(digits) in _CARD_LENGTHS and _luhn_holds(digits):
            found = place
    return found


def _luhn_holds(digits: str) -> bool:
    """The check digit of payment cards: every second digit from the right is doubled, its digits are summed."""
    values = [int(digit) for digit in reversed(digits)]
    return sum(values[::2] + [sum(divmod(2 * value, 10)) for value in values[1::2]]) % 10 == 0


def ip_addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            try:
                ipaddress.ip_address(match[0])
            except ValueError:
                continue
            yield Span(match.start(), match.end(), "ip")


def birth_dates(text: str) -> Iterator[Span]:
    """Dates that follow "born", "date of birth" or the like, in English, German, French and Spanish."""
    for match in _BIRTH.finditer(text):
        yield Span(match.start("date"), match.end("date"), "birth_date")
