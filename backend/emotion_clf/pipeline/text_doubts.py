"""Sentences and their answers → answers that say where nothing could be read out of a sentence, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from emotion_clf.text.language import NAMES, foreign_language
from emotion_clf.text.normalise import readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from emotion_clf.text import TextEmotion

_MOST_NAMED: Final = 5


@dataclass(frozen=True, slots=True)
class Doubted:
    """Answers with their doubts.

    Attributes:
        answers: those to sentences in another language, or to addresses alone, are uncertain.
        languages: ISO 639-1 code of each sentence that is not in English; None for the others.
        notes: sentences for people.
    """

    answers: tuple[TextEmotion, ...]
    languages: tuple[str | None, ...]
    notes: tuple[str, ...]


def doubted(answers: Sequence[TextEmotion], *, together: bool) -> Doubted:
    """Call answers uncertain where the model could not understand the sentence.

    Args:
        answers: those of a model that reads English.
        together: whether they are of one text, whose language is then that of its sentences too.
    """
    texts = [answer.text for answer in answers]
    whole = foreign_language(" ".join(texts)) if together and texts else None
    languages = tuple(whole or foreign_language(text) for text in texts)
    empty = [not readable(text) for text in texts]
    sure = [language is None and not is_empty for language, is_empty in zip(languages, empty, strict=True)]
    return Doubted(
        tuple(
            answer if is_sure else replace(answer, uncertain=True)
            for answer, is_sure in zip(answers, sure, strict=True)
        ),
        languages,
        (*_of_languages(languages), *_of_addresses(empty)),
    )


def _of_languages(languages: Sequence[str | None]) -> list[str]:
    places = [place for place, language in enumerate(languages, start=1) if language]
    if not places:
        return []
    names = dict.fromkeys(NAMES.get(language, language) for language in languages if language)
    likely = " or ".join(list(names)[:2])
    return [
        (
            f"{_named(places, len(languages))} in another language than English, most like {likely}. The model reads "
            "English alone, so its answer is a guess."
        )
    ]


def _of_addresses(empty: Sequence[bool]) -> list[str]:
    places = [place for place, is_empty in enumerate(empty, start=1) if is_empty]
    if not places:
        return []
    return [f"{_named(places, len(empty))} an address or a name alone, which says nothing of a feeling."]


def _named(places: Sequence[int], count: int) -> str:
    """Return the subject of a note with its verb."""
    if len(places) == count:
        return "This text seems to be" if count == 1 else "These sentences seem to be"
    if len(places) == 1:
        return f"Sentence {places[0]} seems to be"
    listed = ", ".join(map(str, places[:_MOST_NAMED]))
    more = f" and {len(places) - _MOST_NAMED:,} more" if len(places) > _MOST_NAMED else ""
    return f"Sentences {listed}{more} seem to be"
