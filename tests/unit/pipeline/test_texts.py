from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import BusyError, EmptyTextError, InvalidItemError, ModelNotFoundError, TextTooLongError
from emotion_clf.pipeline.texts import TextAnalyser, checked_text, without_controls
from emotion_clf.settings import Settings
from emotion_clf.text import EMOTIONS
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from pathlib import Path

PASTED_SRT = (
    "1\n00:00:01,000 --> 00:00:04,000\nI am so angry with you.\n\n"
    "2\n00:00:05,000 --> 00:00:08,000\nI never want to see\nyou again.\n"
)
PASTED_HTML = (
    "<p>I am <b>so angry</b>!</p><p>You lied.</p><ul><li>Rude staff</li><li>No refund</li></ul>"
    "&nbsp;I&#39;m sad &amp; tired."
)


@pytest.fixture
def settings(tiny_models: Path) -> Settings:
    return Settings(models_dir=tiny_models, text_model="tiny")


@pytest.fixture
def analyser(settings: Settings) -> TextAnalyser:
    return TextAnalyser(TextModelRegistry(settings), settings)


def test_a_text_is_answered_sentence_by_sentence(analyser: TextAnalyser) -> None:
    found = analyser.analyse("What a day! The train was late.\r\nI am so glad you came.")
    assert [sentence.text for sentence in found.sentences] == [
        "What a day!",
        "The train was late.",
        "I am so glad you came.",
    ]
    assert (found.model_name, found.model_version) == ("tiny", "0.0.1")
    assert tuple(found.emotions) == EMOTIONS
    assert sum(found.emotions.values()) == 3
    told = found.as_dict()
    assert [sentence["position"] for sentence in told["sentences"]] == [0, 1, 2]
    assert all(sum(sentence["probabilities"].values()) == pytest.approx(1.0) for sentence in told["sentences"])
    assert set(told["timings_ms"]) == {"split", "classify"}


def test_unrelated_sentences_are_neither_split_nor_read_together(analyser: TextAnalyser) -> None:
    found = analyser.analyse_many(["Well. I never!", "  Fine.\n"])
    assert [sentence.text for sentence in found.sentences] == ["Well. I never!", "Fine."]
    alone = analyser.analyse_many(["Fine."]).sentences[0]
    assert found.sentences[1].probabilities == pytest.approx(alone.probabilities, abs=1e-3)


@pytest.mark.parametrize("text", ["", " ", "\n\t\r\n", "\u200b\u200d", "\ufeff", "\x00\x07"])
def test_a_blank_text_is_refused(analyser: TextAnalyser, text: str) -> None:
    with pytest.raises(EmptyTextError, match="at least one"):
        analyser.analyse(text)
    with pytest.raises(EmptyTextError, match="Sentence 2"):
        analyser.analyse_many(["Hello.", text])


@pytest.mark.parametrize(
    ("item", "kind"),
    [
        (None, "empty"),
        (float("nan"), "not a number"),
        (3, "a number"),
        (b"I am happy", "bytes"),
        (True, "true or false"),
        (["a"], "a list"),
        ({}, "an object"),
        (object(), "of the type object"),
    ],
)
def test_what_is_no_text_is_named(analyser: TextAnalyser, item: object, kind: str) -> None:
    with pytest.raises(InvalidItemError, match=f"Sentence 2 is {kind}"):
        analyser.analyse_many(["Hello.", item])  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("pasted", "sentences"),
    [
        (PASTED_SRT,
         ["I am so angry with you.", "I never want to see you again."]),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>I am <i>fine</i>.\n\n00:02.000 --> 00:03.000\n[Music]",
         ["I am fine."]),
        (PASTED_HTML,
         ["I am so angry!", "You lied.", "Rude staff", "No refund", "I'm sad & tired."]),
        ("0:01\nI am fine.\n0:05\nSo are you.", ["I am fine.", "So are you."]),
        ("10:30", ["10:30"]),
        ("00:01 --> 00:02", ["00:01 --> 00:02"]),
        ("Hope: I am furious.\nJoy: Why?", ["Hope: I am furious.", "Joy: Why?"]),
    ],
)  # fmt: skip
def test_what_was_pasted_is_recognised(analyser: TextAnalyser, pasted: str, sentences: list[str]) -> None:
    assert [sentence.text for sentence in analyser.analyse(pasted).sentences] == sentences


def test_markup_alone_is_no_text(analyser: TextAnalyser) -> None:
    with pytest.raises(EmptyTextError, match="markup"):
        analyser.analyse("<p></p><script>I am angry.</script>")


def test_another_language_and_an_address_alone_are_uncertain(analyser: TextAnalyser) -> None:
    german = analyser.analyse("Ich hasse dich! Ja.")
    assert all(sentence.uncertain for sentence in german.sentences)
    assert german.languages == ("de", "de")
    assert "most like German" in german.notes[0]
    told = german.as_dict()
    assert (told["sentences"][0]["language"], told["notes"]) == ("de", list(german.notes))
    texts = ["I am so angry with you.", "Я очень зол!", "https://love.example.com/joy", "I am sad."]
    mixed = analyser.analyse_many(texts)
    assert mixed.languages == (None, "ru", None, None)
    assert all(sentence.uncertain for sentence in mixed.sentences[1:3])
    assert [note.partition(" seems")[0] for note in mixed.notes] == ["Sentence 2", "Sentence 3"]
    assert analyser.analyse("I am so angry with you.").notes == ()


def test_no_sentence_at_all_is_refused(analyser: TextAnalyser) -> None:
    with pytest.raises(EmptyTextError):
        analyser.analyse_many([])


def test_emoji_alone_are_a_text(analyser: TextAnalyser) -> None:
    assert [sentence.text for sentence in analyser.analyse("🎉🎉").sentences] == ["🎉🎉"]


def test_the_limit_is_in_bytes_and_counts_everything(settings: Settings) -> None:
    limit = settings.text_max_bytes
    assert checked_text("é" * (limit // 2), settings)
    for text in ("é" * (limit // 2 + 1), "a" * (1024**2)):
        with pytest.raises(TextTooLongError, match="256 KiB"):
            checked_text(text, settings)
    analyser = TextAnalyser(TextModelRegistry(settings), settings)
    assert len(analyser.analyse_many(["a" * (limit // 2), "b" * (limit // 2 + 1)]).sentences) == 2
    with pytest.raises(TextTooLongError, match="Sentence 2 is longer than 256 KiB"):
        analyser.analyse_many(["a", "b" * (limit + 1)])


def test_what_no_eye_sees_is_taken_out() -> None:
    assert without_controls("a\x00b\x1b[31mc\r\nd\re\tf\ufeff") == "a b [31mc\nd\ne\tf"
    assert without_controls("\ud83d!") == "\N{REPLACEMENT CHARACTER}!"
    assert without_controls("👩\u200d🚀") == "👩\u200d🚀"


def test_a_model_that_is_not_there_is_named(analyser: TextAnalyser) -> None:
    with pytest.raises(ModelNotFoundError, match="tiny"):
        analyser.analyse("Hello.", "other")


def test_the_line_is_bounded(tiny_models: Path) -> None:
    settings = Settings(models_dir=tiny_models, text_model="tiny", queue_size=0)
    analyser = TextAnalyser(TextModelRegistry(settings), settings)
    analyser.analyse("Warm up.")
    long_text = "This takes a little while, and then some more. " * 4000
    refusals: list[BusyError] = []
    started = threading.Thread(target=analyser.analyse, args=(long_text,))
    started.start()
    while started.is_alive() and not refusals:
        try:
            analyser.analyse("Me too.")
        except BusyError as error:
            refusals.append(error)
    started.join()
    assert [error.retry_after_s for error in refusals] == [5]
    assert analyser.analyse("Now.").sentences
