"""A text → the emotion of each of its sentences."""

from __future__ import annotations

import threading
import time
import unicodedata
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from emotion_clf.errors import BusyError, EmptyTextError, InvalidItemError, TextTooLongError
from emotion_clf.pipeline.figures import note_sentences
from emotion_clf.pipeline.pasted import said_in
from emotion_clf.pipeline.text_doubts import doubted
from emotion_clf.text.taxonomy import EMOTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from emotion_clf.settings import Settings
    from emotion_clf.text import Cue, TextEmotion
    from emotion_clf.text.model import TextModel
    from emotion_clf.text.registry import TextModelRegistry

_RETRY_AFTER_S: Final = 5
_KEPT_CONTROLS: Final = frozenset("\t\n")
_WINDOWS_QUOTES: Final = {0x91: "\u2018", 0x92: "\u2019", 0x93: "\u201c", 0x94: "\u201d"}  # read as Latin-1
_CONTROL: Final = "Cc"
_SURROGATE: Final = "Cs"


@dataclass(frozen=True, slots=True)
class TextAnalysis:
    """The answer for one text, and how it was made.

    Attributes:
        sentences: the answers, in the order of the text.
        model_name: name of the bundle that gave them.
        model_version: its version.
        timings_ms: milliseconds of each step.
        languages: ISO 639-1 code of each sentence that is in another language than the model reads; None for others.
        notes: sentences for people on how far to trust the answers.
    """

    sentences: tuple[TextEmotion, ...]
    model_name: str
    model_version: str
    timings_ms: dict[str, float]
    languages: tuple[str | None, ...]
    notes: tuple[str, ...]

    @property
    def emotions(self) -> dict[str, int]:
        """How many sentences have each emotion, in the order of `EMOTIONS`."""
        counts = Counter(sentence.emotion for sentence in self.sentences)
        return {emotion: counts[emotion] for emotion in EMOTIONS}

    def as_dict(self) -> dict[str, Any]:
        """The answer for programs, the same through every door."""
        return {
            "sentences": [
                {"position": position, **sentence.as_dict(), "language": language}
                for position, (sentence, language) in enumerate(zip(self.sentences, self.languages, strict=True))
            ],
            "notes": list(self.notes),
            "emotions": self.emotions,
            "model": {"name": self.model_name, "version": self.model_version},
            "timings_ms": self.timings_ms,
        }


class TextAnalyser:
    """Runs the steps of a text with the models and limits of this process."""

    def __init__(self, models: TextModelRegistry, settings: Settings) -> None:
        self._models = models
        self._settings = settings
        self._places = threading.BoundedSemaphore(settings.queue_size + 1)
        self._running = threading.Lock()

    def analyse(self, text: str, model: str | None = None) -> TextAnalysis:
        """Analyse one text, each sentence in the light of its neighbours.

        Args:
            text: a sentence, a paragraph, a book chapter; captions, HTML or a transcript that was pasted.
            model: name of a text bundle, None for the default.

        Raises:
            EmptyTextError: there is nothing but blanks.
            TextTooLongError: it is longer than TEXT_MAX_BYTES, or has more than TEXT_MAX_SENTENCES.
            BusyError: too many texts are waiting.
            EmotionError: the model cannot be used.
        """
        return self._analyse(
            lambda: checked_sentences(text, self._settings),
            model,
            context=self._settings.classification_context,
            together=True,
        )

    def analyse_many(self, sentences: Sequence[str], model: str | None = None) -> TextAnalysis:
        """Analyse sentences that have nothing to do with each other; each is taken as one, and answered on its own.

        Raises:
            InvalidItemError: one is no text.
            EmptyTextError: there is none, or one is nothing but blanks.
            EmotionError: as `analyse`; the limit is on each of them.
        """

        def prepare() -> tuple[str, ...]:
            check_count(len(sentences), self._settings)
            return tuple(checked_item(item, place, self._settings) for place, item in enumerate(sentences, start=1))

        if not sentences:
            raise EmptyTextError("There is no sentence here. Give at least one.")
        return self._analyse(prepare, model, context=False, together=False)

    def explain(self, sentence: str, model: str) -> tuple[Cue, ...]:
        """Explain the answer for one sentence of an analysis, in turn with the texts that are analysed.

        Args:
            sentence: as the analysis gave it.
            model: name of the bundle that gave the answer.

        Raises:
            BusyError: too many texts are waiting.
            EmotionError: the model cannot be used.
        """
        with self._place():
            text_model = self._models.get(model)
            with self._running:
                return text_model.explain(sentence)

    def _analyse(
        self, prepare: Callable[[], tuple[str, ...]], model: str | None, *, context: bool, together: bool
    ) -> TextAnalysis:
        with self._place():
            started = time.perf_counter()
            sentences = prepare()
            split = time.perf_counter()
            text_model: TextModel = self._models.get(model)
            with self._running:
                begun = time.perf_counter()
                found = text_model.predict(sentences, context=context)
                ended = time.perf_counter()
        manifest = text_model.manifest
        timings = {"split": _ms(split - started), "classify": _ms(ended - begun)}
        note_sentences("text", manifest.name, found)
        told = doubted(found, together=together)
        return TextAnalysis(told.answers, manifest.name, manifest.version, timings, told.languages, told.notes)

    @contextmanager
    def _place(self) -> Iterator[None]:
        """A place in line, taken before any work is done for a request."""
        if not self._places.acquire(blocking=False):
            raise BusyError(
                f"Too many texts are waiting. Try again in {_RETRY_AFTER_S} seconds.", retry_after_s=_RETRY_AFTER_S
            )
        try:
            yield
        finally:
            self._places.release()


def checked_text(text: str, settings: Settings) -> str:
    """The text as it is analysed: without control characters, no longer than allowed, and not blank.

    Raises:
        EmptyTextError: there is nothing but blanks.
        TextTooLongError: it is longer than TEXT_MAX_BYTES.
    """
    check_length([text], settings)
    cleaned = without_controls(text)
    if is_blank(cleaned):
        raise EmptyTextError("There is no text here. Write or paste at least one sentence.")
    return cleaned


def checked_sentences(text: str, settings: Settings) -> tuple[str, ...]:
    """Split a text into no more sentences than are analysed.

    Raises:
        EmptyTextError: there is nothing but blanks.
        TextTooLongError: it is longer than TEXT_MAX_BYTES, or has more sentences than TEXT_MAX_SENTENCES.
    """
    sentences = said_in(checked_text(text, settings))
    if not sentences:
        raise EmptyTextError("There is no text here, only markup. Write or paste at least one sentence.")
    check_count(len(sentences), settings)
    return sentences


def check_count(count: int, settings: Settings) -> None:
    """Refuse more sentences than are analysed at once.

    Raises:
        TextTooLongError: there are more than TEXT_MAX_SENTENCES.
    """
    if count > settings.text_max_sentences:
        raise TextTooLongError(
            f"The text has {count:,} sentences, and no more than {settings.text_max_sentences:,} are read at once. "
            "Send it in parts, or set TEXT_MAX_SENTENCES."
        )


def check_length(texts: Sequence[str], settings: Settings, what: str = "The text") -> None:
    """Refuse what is longer than TEXT_MAX_BYTES, all texts together.

    Raises:
        TextTooLongError: it is.
    """
    limit = settings.text_max_bytes
    # Counting characters first spares encoding what is far too long.
    if sum(map(len, texts)) > limit or sum(len(text.encode("utf-8", "replace")) for text in texts) > limit:
        raise TextTooLongError(
            f"{what} is longer than {limit / 1024:,.0f} KiB. Send it in parts, or set TEXT_MAX_BYTES."
        )


def item_fault(item: object, place: int, what: str = "Sentence") -> str | None:
    """Return what is wrong with an item of a list of texts, in a sentence that names it; None where nothing is."""
    if not isinstance(item, str):
        return f"{what} {place} is {_kind(item)} and not a text. Leave it out, or give it as a text."
    return f"{what} {place} is blank. Leave it out, or write something." if is_blank(without_controls(item)) else None


def require_text(item: object, place: int, what: str = "Sentence") -> str:
    """Return an item of a list of texts, which is one.

    Raises:
        InvalidItemError: it is no text.
        EmptyTextError: there is nothing but blanks.
    """
    fault = item_fault(item, place, what)
    if not isinstance(item, str):
        raise InvalidItemError(fault or "")
    if fault is not None:
        raise EmptyTextError(fault)
    return item


def checked_item(item: object, place: int, settings: Settings) -> str:
    """Return an item of a list of sentences as it is analysed, on one line.

    Raises:
        InvalidItemError, EmptyTextError: as `require_text`.
        TextTooLongError: it is longer than TEXT_MAX_BYTES.
    """
    text = require_text(item, place)
    check_length([text], settings, f"Sentence {place}")
    return " ".join(without_controls(text).split())


def without_controls(text: str) -> str:
    """The text without control characters, halves of characters and byte order marks; line ends become newlines."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").replace("\ufeff", "").translate(_WINDOWS_QUOTES)
    return "".join(map(_kept, unified))


def is_blank(text: str) -> bool:
    """Whether nothing can be seen: white space and invisible joiners alone."""
    return all(character.isspace() or unicodedata.category(character) == "Cf" for character in text)


def _kept(character: str) -> str:
    if character in _KEPT_CONTROLS:
        return character
    category = unicodedata.category(character)
    if category == _CONTROL:
        return " "
    return "\N{REPLACEMENT CHARACTER}" if category == _SURROGATE else character


def _kind(item: object) -> str:
    """Return what an item is, in words for people."""
    if item is None:
        return "empty (None or null)"
    if isinstance(item, float) and item != item:  # noqa: PLR0124 - not a number is the one value that differs from itself
        return "not a number (NaN)"
    known = {
        bool: "true or false",
        int: "a number",
        float: "a number",
        bytes: "bytes",
        list: "a list",
        dict: "an object",
    }
    return known.get(type(item), f"of the type {type(item).__name__}")


def _ms(seconds: float) -> float:
    return round(1000 * seconds, 2)
