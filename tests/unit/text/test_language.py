from __future__ import annotations

import csv

import pytest

from emotion_clf.text.language import NAMES, foreign_language
from tests.support.sound import REPOSITORY

FOREIGN = {
    "de": ("Ich hasse dich!", "Ich bin sehr traurig.", "Scheiße, ich habe den Zug verpasst", "Vielen Dank für alles"),
    "ru": ("Я очень зол!", "Мне страшно"),
    "fr": ("Je suis très en colère contre vous.", "C'est magnifique !", "Je t'aime"),
    "es": ("Estoy muy enojado contigo", "Odio esto"),
    "it": ("Ti odio", "Sono molto felice"),
    "ja": ("私は怒っています",),
    "ar": ("أنا غاضب جدا",),
    "tr": ("\u00c7ok k\u0131zg\u0131n\u0131m",),
    "zh": ("我很生气",),
}
ENGLISH = (
    "I hate you!",
    "ok",
    "Late again",
    "lol",
    "im sad",
    "No!",
    "Hmm",
    "Awwww",
    "I don\u2019t like this.",
    "\U0001d408 \U0001d41a\U0001d426 \U0001d41a\U0001d427\U0001d420\U0001d42b\U0001d432",
    "😡😡",
    "123 456",
    "https://www.schöne-seite.de/ich-hasse-dich",
    "",
    "He said bonjour to me",
)


@pytest.mark.parametrize("text", [text for texts in FOREIGN.values() for text in texts])
def test_another_language_is_noticed_in_short_texts_too(text: str) -> None:
    found = foreign_language(text)
    assert found is not None
    assert found in NAMES


@pytest.mark.parametrize("language", ["de", "ru", "ja", "ar", "zh"])
def test_the_language_is_named(language: str) -> None:
    assert foreign_language(FOREIGN[language][0]) == language
    assert foreign_language(f"{FOREIGN[language][0]} 😡 :(") == language


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_what_has_no_words_are_of_no_other_language(text: str) -> None:
    assert foreign_language(text) is None


def test_few_english_comments_are_taken_for_another_language() -> None:
    path = REPOSITORY.parent / "shared" / "data" / "text" / "goemotions" / "ekman" / "dev.tsv"
    if not path.is_file():
        pytest.skip("GoEmotions is not at hand")
    with path.open(encoding="utf-8") as lines:
        texts = [row[0] for row in csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)]
    wrong = [text for text in texts if foreign_language(text)]
    assert len(wrong) <= 0.01 * len(texts)
