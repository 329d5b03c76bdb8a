"""Presidio's patterns beside our own, an extra: `pip install 'emotion-clf[presidio]'`.

It runs over a blank spaCy pipeline, since its own would fetch a model that is not ours to ship; so it finds no names.
Its e-mail recogniser, which asks the network for the list of top-level domains, is left out; ours finds those.
"""

from __future__ import annotations

import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import EngineMissingError
from emotion_clf.transcription.redaction_patterns import Span

if TYPE_CHECKING:
    from collections.abc import Iterator

NOTE: Final = (
    "Redacted by patterns and by Presidio's: e-mail and web addresses, IBANs, card and phone numbers, dates of birth, "
    "and identifiers such as those of social security, passports, driving licences, devices and wallets. Names, places "
    "and numbers spelt out in words are not found."
)
_LANGUAGE: Final = "en"
# Dates that are nobody's birthday stay; phone numbers and e-mail addresses are found by our own patterns.
_LEFT_OUT: Final = ("SpacyRecognizer", "EmailRecognizer", "PhoneRecognizer", "DateRecognizer")
# Below it are patterns as wide as "nine digits", which only a word nearby makes likely.
_LEAST_SCORE: Final = 0.4
_RUNNING: Final = threading.Lock()
# Its patterns take the square of a text's length now and then, so it is given pieces; none of its finds is as long as
# two of them have in common.
_PIECE: Final = 2000
_OVERLAP: Final = 200


def presidio_finds(text: str) -> Iterator[Span]:
    """What Presidio finds in a text.

    Raises:
        EngineMissingError: it is not installed.
    """
    found: list[tuple[float, Span]] = []
    for offset in range(0, max(1, len(text) - _OVERLAP), _PIECE - _OVERLAP):
        found += _finds_in(text, offset, min(offset + _PIECE, len(text)))
    yield from (span for _, span in sorted(found))


def _finds_in(text: str, start: int, end: int) -> Iterator[tuple[float, Span]]:
    """Yield the finds of a piece, each behind its score's negative, without those that the piece may have cut."""
    with _RUNNING:
        found = _analyser().analyze(text[start:end], language=_LANGUAGE, score_threshold=_LEAST_SCORE)
    for find in found:
        span = Span(start + find.start, start + find.end, find.entity_type.lower())
        if (span.start > start or start == 0) and (span.end < end or end == len(text)):
            yield -find.score, span


@lru_cache(maxsize=1)
def _analyser() -> Any:
    try:
        import spacy
        from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
        from presidio_analyzer.nlp_engine import SpacyNlpEngine
    except ImportError:
        raise EngineMissingError(
            "Presidio is not installed. Run `pip install 'emotion-clf[presidio]'`, or set REDACTION_ENGINE=patterns."
        ) from None
    words = SpacyNlpEngine(models=[{"lang_code": _LANGUAGE, "model_name": "blank"}])
    # Where a pipeline is already there, none is fetched.
    words.nlp = {_LANGUAGE: spacy.blank(_LANGUAGE)}
    registry = RecognizerRegistry()
    registry.load_predefined_recognizers(languages=[_LANGUAGE])
    for name in _LEFT_OUT:
        registry.remove_recognizer(name)
    return AnalyzerEngine(registry=registry, nlp_engine=words, supported_languages=[_LANGUAGE])
