"""Phone numbers in text, by the numbering plans inside the phonenumbers package: no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from emotion_clf.errors import InvalidRequestError
from emotion_clf.transcription.redaction_patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from phonenumbers import PhoneNumberMatch


def phone_numbers(text: str, regions: Sequence[str]) -> Iterator[Span]:
    """Phone numbers: international ones, and national ones of `regions` (ISO codes).

    Raises:
        InvalidRequestError: a region is not known.
    """
    import phonenumbers

    for region in regions or (None,):
        if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
            raise InvalidRequestError("REDACTION_REGIONS takes two-letter country codes in capitals, such as US or GB.")
        for match in phonenumbers.PhoneNumberMatcher(text, region, leniency=phonenumbers.Leniency.POSSIBLE):
            if _believed(match):
                yield Span(match.start, match.end, "phone")


def _believed(match: PhoneNumberMatch) -> bool:
    """Valid, or at least of the right length and written as a phone number is: order numbers are bare digits."""
    import phonenumbers

    if phonenumbers.is_valid_number(match.number):
        return True
    length = phonenumbers.is_possible_number_with_reason(match.number)
    return length == phonenumbers.ValidationResult.IS_POSSIBLE and not match.raw_string.isdigit()
