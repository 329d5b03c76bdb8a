"""Whole numbers in addresses, forms and headers: read in one place, within bounds."""

from __future__ import annotations

import re
from typing import Any, Final

from flask import request
from werkzeug.routing import IntegerConverter

from emotion_clf.errors import InvalidRequestError

MOST: Final = 999_999_999
LAST_PAGE: Final = 1_000_000
_DIGITS: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)


class BoundedIntegers(IntegerConverter):
    """The converter `int` of addresses: no address has a number of more than nine digits."""

    regex = "[0-9]{1,9}"


def whole_number(text: str) -> int | None:
    """Return the whole number that a text is, None where it is none or has more than nine digits.

    Args:
        text: as it was sent, whatever its length.
    """
    stripped = text.strip()
    return int(stripped) if _DIGITS.fullmatch(stripped) else None


def asked_page() -> int:
    """Return the page of a list that the address asks for, the first where it names none.

    Raises:
        InvalidRequestError: its number is beyond every list.
    """
    asked = request.args.get("page", "").strip()
    number = whole_number(asked)
    too_large = (number or 0) > LAST_PAGE or (number is None and asked.isdecimal())
    if too_large:
        raise InvalidRequestError(f"A page is a whole number from 1 to {LAST_PAGE:,}. Begin with the first page.")
    return max(1, number or 1)


def use_bounded_integers(converters: dict[str, Any]) -> None:
    """Put the bound on every whole number in an address."""
    converters["int"] = BoundedIntegers
