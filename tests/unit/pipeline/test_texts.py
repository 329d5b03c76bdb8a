from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from emotion_clf.errors import BusyError, EmptyTextError, ModelNotFoundError, TextTooLongError
from emotion_clf.pipeline.texts import TextAnalyser, checked_text, without_controls
from emotion_clf.settings import Settings
from emotion_clf.text import EMOTIONS
from emotion_clf.text.registry import TextModelRegistry

if TYPE_CHECKING:
    from pathlib import Path


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
    with pytest.raises(TextTooLongError):
        analyser.analyse_many(["a" * (limit // 2), "b" * (limit // 2 + 1)])


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
