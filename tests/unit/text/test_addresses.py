from __future__ import annotations

import pytest

from emotion_clf.text.labels import label_of, without_label
from emotion_clf.text.markup import without_markup
from emotion_clf.text.normalise import normalise

PAGE = (
    "<p>I am <b>so\nangry</b> with you!</p><p>You lied.</p><ul><li>Rude staff</li><li>No refund</li></ul>"
    "&nbsp;I&#39;m sad."
)


@pytest.mark.parametrize(
    "address",
    [
        "https://www.lovely-happy-place.com/best",
        "https://example.com/angry/complaint?sad=1#hate",
        "HTTP://Example.com/love",
        "ftp://love.example.org/a",
        "www.love.net",
        "lovely-happy-place.com",
        "love.co.uk/hate?x=1",
        "youtu.be/love",
        "127.0.0.1/love",
        "localhost:8000/love",
        "mailto:me@love.com?subject=hate",
        "thank.me/love",
        "joy.love@happy-mail.com",
        "mailto:love@hate.org",
        "@happy_hope",
        "@love@mastodon.social",
        "/u/happy_guy",
        "r/angry",
        "<https://love.com>",
        "(https://love.com/x_(y))",
    ],
)
def test_an_address_is_not_read(address: str) -> None:
    assert normalise(address) == ""
    assert normalise(f"I am {address} here") == "I am here"
    assert normalise(f"I hate this {address}!").endswith("this !")


@pytest.mark.parametrize(
    "text",
    ["ok.im sad.bye", "thank.me", "and/or", "e.g. this", "@ 5 pm", "a:b", "3.5", "I am here...now", "5@6", "U.S. Army"],
)
def test_what_is_no_address_stays(text: str) -> None:
    assert normalise(text) == text


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Hope: I am furious.", "I am furious."),
        ("JOHN SMITH: hi", "hi"),
        ("Speaker 2: hi", "hi"),
        ("Dr. Jones (Support): hi", "hi"),
        ("[10:32] Anna: hi", "hi"),
        ("12/03/2024, 10:32 - Mary-Jane: hi", "hi"),
        ("10:32 AM Bob: hi", "hi"),
        ("<Ann>: hi", "hi"),
        ("Anna: Bob: hi", "hi"),
        ("Disgusting: nobody came.", "Disgusting: nobody came."),
        ("i said: no", "i said: no"),
        ("It is 10:30: late", "It is 10:30: late"),
        ("Hope:", "Hope:"),
        ("This is a sentence that goes on: see", "This is a sentence that goes on: see"),
    ],
)
def test_the_name_of_a_speaker_is_not_what_is_said(line: str, said: str) -> None:
    assert without_label(line) == said


def test_the_speaker_is_named() -> None:
    assert label_of("Hope: I am furious.") == ("Hope", 6)
    assert label_of("I am furious.") is None


@pytest.mark.parametrize(
    ("pasted", "lines"),
    [
        (
            PAGE,
            ["I am so angry with you!", "You lied.", "Rude staff", "No refund", "\xa0I'm sad."],
        ),
        ("<html><head><title>x</title><style>p{}</style></head><body>Hi<script>a<b</script> you</body>", ["Hi you"]),
        ("one<br/>two<BR>three", ["one", "two", "three"]),
        ("a<!-- <p>no</p> --><p>b", ["a", "b"]),
        ("<td>1</td><td>2</td> 3 < 4 &lt;b&gt;", ["1", "2", "3 < 4 <b>"]),
        ("I <3 you, a < b > c & d", ["I <3 you, a < b > c & d"]),
        ("AT&T, Q&A &copy me &amp; you", ["AT&T, Q&A &copy me & you"]),
    ],
)
def test_of_a_page_its_words_are_left(pasted: str, lines: list[str]) -> None:
    found = [line.strip(" ") for line in without_markup(pasted).split("\n") if line.strip(" ")]
    assert found == lines
