"""Texts from practice through the doors, read by the shipped model; those beside the repository may be absent."""

from __future__ import annotations

from typing import Any

import pytest

from emotion_clf.errors import EmptyTextError, InvalidItemError
from emotion_clf.fetch import parse_source
from emotion_clf.pipeline.texts import TextAnalyser
from emotion_clf.predictor import EmotionPredictor
from emotion_clf.settings import YOUTUBE_HOSTS, Settings
from emotion_clf.text import TextEmotion
from emotion_clf.text.registry import TextModelRegistry
from tests.support.cases import text_cases

TWINS: dict[str, Any] = {
    "apostrophe_u02bc": "I don\uff07t like this.",
    "apostrophe_u02bc_cant": "I can\u2032t love this.",
    "apostrophe_u02bc_isnt": "This isn\u00b4t good.",
    "bold_letters": "\uff29 \uff41\uff4d \uff53\uff4f \uff41\uff4e\uff47\uff52\uff59",
    "script_letters": "\u24d8 \u24db\u24de\u24e5\u24d4 \u24e8\u24de\u24e4",
    "emoji_enraged": "See you at five \U0001f92c",
    "emoji_enraged_alone": "\U0001f621\U0001f621",
    "emoticon_sad": "Late again :-(",
    "url_as_words": "www.happy-love.org/joy",
    "url_as_words_sad": "sad.angry@complaint-hate.com",
    "month_abbreviation": "We met on Aug. 5 and I was so happy. I called on Dr. Hope, Oct. 3.",
    "no_space_after_stop": "I am sad.He left me.I want him back!Now!",
    "no_space_lower": "fine.im angry.bye",
    "html_blocks": "<div>I am <i>so angry</i> with you!</div><div>You lied.</div>"
    "<ol><li>Rude staff<li>No refund</ol>I&rsquo;m sad.",
    "srt_pasted": "1\n00:00:01,000 --> 00:00:04,000\nI am so sad.\n"
    "2\n00:00:05,000 --> 00:00:08,000\nI never want to see\nyou again.",
    "speaker_prefix": "Joy Lovely: I am furious.",
    "german": "Ich bin so wütend auf dich!",
    "russian": "Мне очень страшно!",
    "list_item_cut": [
        "It was ok, and it was fine, and then it was ok, " * 40 + "and I hate this place so much, I am furious!!"
    ],
    "list_blank": ["I am happy.", " \u200b"],
    "python_none": ["I am happy", float("nan")],
    "python_bytes": b"I am happy",
    "url_without_scheme": "m.youtube.com/shorts/dQw4w9WgXcQ",
    "url_without_scheme_www": "//youtube.com/watch?v=dQw4w9WgXcQ.",
    "url_two_questions": "https://youtu.be/dQw4w9WgXcQ?si=abc?t=5",
    "url_angle_brackets": "(\u201chttps://youtu.be/dQw4w9WgXcQ\u201d).",
}


@pytest.fixture(params=["practice", "twin"])
def given(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Inputs by the names of their cases."""
    return text_cases() if request.param == "practice" else TWINS


@pytest.fixture(scope="module")
def analyser() -> TextAnalyser:
    return TextAnalyser(TextModelRegistry(Settings()), Settings())


def _only(analyser: TextAnalyser, text: str) -> TextEmotion:
    (answer,) = analyser.analyse(text).sentences
    return answer


def test_there_is_a_twin_of_each() -> None:
    assert set(text_cases()) == set(TWINS)


def test_unusual_letters_are_read_as_the_plain_ones(given: dict[str, Any], analyser: TextAnalyser) -> None:
    for name in ("apostrophe_u02bc", "apostrophe_u02bc_cant", "apostrophe_u02bc_isnt"):
        text = given[name]
        found = _only(analyser, text)
        assert (found.text, found.emotion, found.sub_emotion) == (text, "anger", "disapproval")
    for name, plain in (("bold_letters", "I am so angry"), ("script_letters", "i love you")):
        found, expected = _only(analyser, given[name]), _only(analyser, plain)
        assert found.emotion == expected.emotion != "neutral"
        assert found.text == given[name]


def test_emoji_and_emoticons_are_read_by_their_meaning(given: dict[str, Any], analyser: TextAnalyser) -> None:
    enraged = _only(analyser, given["emoji_enraged"])
    assert enraged.emotion == "anger" or enraged.uncertain
    assert _only(analyser, given["emoji_enraged_alone"]).emotion == "anger"
    sad = _only(analyser, given["emoticon_sad"])
    assert sad.emotion in {"sadness", "anger"} or sad.uncertain


def test_addresses_carry_no_emotion(given: dict[str, Any], analyser: TextAnalyser) -> None:
    for name in ("url_as_words", "url_as_words_sad"):
        found = analyser.analyse(given[name])
        assert [(answer.emotion, answer.uncertain) for answer in found.sentences] == [("neutral", True)]
        assert "address" in found.notes[0]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("month_abbreviation", 2),
        ("no_space_after_stop", 4),
        ("no_space_lower", 3),
        ("html_blocks", 5),
        ("srt_pasted", 2),
    ],
)
def test_a_text_falls_into_its_sentences(given: dict[str, Any], analyser: TextAnalyser, name: str, count: int) -> None:
    found = [answer.text for answer in analyser.analyse(given[name]).sentences]
    assert len(found) == count
    assert not any(mark in text for text in found for mark in ("<", "&#", "-->"))


def test_the_name_of_the_speaker_is_not_what_is_said(given: dict[str, Any], analyser: TextAnalyser) -> None:
    found = _only(analyser, given["speaker_prefix"])
    assert found.emotion == "anger"
    assert found.probabilities == pytest.approx(_only(analyser, "I am furious.").probabilities, abs=1e-6)


def test_another_language_is_never_certain(given: dict[str, Any], analyser: TextAnalyser) -> None:
    for name in ("german", "russian"):
        found = analyser.analyse(given[name])
        assert all(answer.uncertain for answer in found.sentences)
        assert "another language" in found.notes[0]


def test_all_of_a_long_item_is_read(given: dict[str, Any], analyser: TextAnalyser) -> None:
    (item,) = given["list_item_cut"]
    whole, without_end = analyser.analyse_many([item, item[: item.rindex("I hate")]]).sentences
    assert whole.probabilities["anger"] > without_end.probabilities["anger"] + 0.1


def test_what_is_no_text_is_named(given: dict[str, Any], analyser: TextAnalyser) -> None:
    with pytest.raises(EmptyTextError, match=r"Sentence 2 is blank\. Leave it out, or write something\."):
        analyser.analyse_many(given["list_blank"])
    predictor = EmotionPredictor()
    with pytest.raises(InvalidItemError, match="Sentence 2"):
        predictor.predict(given["python_none"])
    for wrong in (b"I am happy", 3, None, {"a": "b"}):
        with pytest.raises(InvalidItemError, match="A text or a list of texts"):
            predictor.predict(wrong)  # type: ignore[arg-type]


def test_addresses_of_videos_are_understood(given: dict[str, Any]) -> None:
    settings = Settings(fetch_hosts=list(YOUTUBE_HOSTS))
    for name, text in given.items():
        if name.startswith("url_") and "as_words" not in name:
            assert parse_source(text, settings).youtube_id == "dQw4w9WgXcQ"
