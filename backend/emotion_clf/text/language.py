"""Which language a text is in, where that is not English: no model of ours reads another one."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

from emotion_clf.text.normalise import readable
from emotion_clf.text.tags import word_list

ENGLISH: Final = "en"
# English names of the languages told apart; what is in none of them is taken for its nearest kin.
NAMES: Final[dict[str, str]] = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
# Measured on the development texts of GoEmotions, all of them English; see docs/text.md.
_MOST_ENGLISH_WORDS: Final = 0.67
_MOST_LIKELY_ENGLISH: Final = 0.2
_LONGEST: Final = 2000  # characters are enough to know a language by
_WORD: Final = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
_SOUND: Final = re.compile(r"[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ]+|.*?(.)\1\1.*")  # "hmm", "awww": of no language
_CONTRACTED: Final = ("n't", "'m", "'s", "'re", "'ve", "'ll", "'d")


def foreign_language(text: str) -> str | None:
    """Return the ISO 639-1 code of the language a text seems to be in, None for English and for what has no words.

    Two witnesses have to agree: most words are in no English word list, and the letters look like another language's.
    Either alone is mistaken about short texts.
    """
    words = [word for word in _WORD.findall(readable(text[:_LONGEST])) if not _SOUND.fullmatch(word)]
    if not words or _english_share(words) > _MOST_ENGLISH_WORDS:
        return None
    likely = {code: float(share) for code, share in _identifier().rank(" ".join(words))}
    likeliest = max(likely, key=likely.__getitem__)
    return None if likeliest == ENGLISH or likely.get(ENGLISH, 0.0) >= _MOST_LIKELY_ENGLISH else likeliest


def _english_share(words: list[str]) -> float:
    known = word_list()
    return sum(_stem(word.lower()) in known for word in words) / len(words)


def _stem(word: str) -> str:
    """Return a word without what is contracted into it in English."""
    return next((word.removesuffix(ending) for ending in _CONTRACTED if word.endswith(ending)), word)


@cache
def _identifier() -> Any:
    """Return the identifier, which is read from its package at the first use."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(list(NAMES))
    return identifier
