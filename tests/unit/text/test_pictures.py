"""Emoji and emoticons, read by the model that is shipped."""

from __future__ import annotations

import pytest

from emotion_clf.settings import Settings
from emotion_clf.text.model import TextModel
from emotion_clf.text.normalise import meant, normalise
from emotion_clf.text.pictures import is_pictures
from emotion_clf.text.registry import TextModelRegistry

ALONE = {
    "anger": "😠 😡 🤬 👿 😤 😒 🙄 😑 🖕 👎 😡😡😡 🤦‍♀️ 🤦🏽 >:( :/ :-/ -_- >_<",
    "sadness": "😔 😞 😢 😭 ☹️ 🙁 🥺 💔 😿 😓 :( :-( :'( :'-( ;( T_T </3 :[ ): =(",
    "fear": "😨 😱 😰 😟 😬",
    "disgust": "🤢 🤮",
    "surprise": "😮 😲 😯 🤯 😕 🤔 :O O_o",
    "happiness": "😀 😃 😄 😁 🙂 😊 ☺️ 😂 🤣 😍 🥰 😘 ❤ ❤️ ❤️‍🔥 💕 🎉 🥳 👍 👍🏿 👏 🙏 😎 😌 🤗 😆 "
    ":) :-) :D :-D xD XD <3 <333 ^_^ (: =) :]",
}


@pytest.fixture(scope="module")
def model() -> TextModel:
    return TextModelRegistry(Settings()).get(None)


@pytest.mark.parametrize("emotion", ALONE)
def test_pictures_alone_have_the_emotion_people_mean(model: TextModel, emotion: str) -> None:
    pictures = ALONE[emotion].split()
    found = {answer.text: answer.emotion for answer in model.predict(pictures, context=False)}
    assert found == dict.fromkeys(pictures, emotion)


@pytest.mark.parametrize(
    ("pictures", "emotions"),
    [
        ("😡 😠 🤬 🙄 😤", {"anger"}),
        (":( 😢 😭 💔 :'( 😞", {"sadness", "anger"}),
        ("😂 ❤️ 😍 🎉", {"happiness"}),
        ("😱 😨", {"fear"}),
        ("🤮", {"disgust"}),
    ],
)
def test_a_neutral_sentence_takes_the_emotion_of_its_picture(
    model: TextModel, pictures: str, emotions: set[str]
) -> None:
    texts = [f"Late again {picture}" for picture in pictures.split()]
    for answer in model.predict(texts, context=False):
        assert answer.emotion in emotions or answer.uncertain, answer.text


@pytest.mark.parametrize(
    "text", ["It costs $5 (or so): see 10:30, ratio 1:0 or f(x);", "x=(1)", "Plan D: go on", "https://a.b/:("]
)
def test_marks_that_are_no_faces_are_not_read_as_such(text: str) -> None:
    assert meant(text) == normalise(text)


def test_names_and_meanings() -> None:
    assert normalise("lol 😂 👩🏽‍🚀 1️⃣ 🇩🇪 🫩") == "lol tears of joy woman astronaut 1 germany face with bags under eyes"
    assert meant("I said:( 😡") == "I said so sad I am so angry"
    assert is_pictures("😡 :( ♥!")
    assert not is_pictures("no 😡")
