from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.text.split import LONGEST_WORDS, split_sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ("I love it!", "It is great.", "Is it?"),
        ("omg!", "i love it.", "thanks"),
        ("Dr. Smith came at 5 p.m. with Mrs. Jones.", "He left."),
        ("It ended at 5 p.m.", "Then he left."),
        ("I said no.", "See No. 5 for that."),
        ("J. K. Rowling wrote it.", "I read it, e.g. yesterday."),
        ("It was I.", "Nobody else."),
        ("The U.S. Army said so.",),
        ("It costs 3.5 dollars at example.com, I think.", "Fine."),
        ('"Really?" she asked.', '"Yes!"', "He left."),
        ("I love it! \U0001f60d\U0001f60d", "Thanks."),
        ("I'm happy \U0001f602", "Thanks so much \U0001f64f bye"),
        ("I \u2764\ufe0f New York.", "You too?!"),
        ("Well... I see.", "It costs a lot... but I like it..."),
        ("I do not know any more...", "Let us go."),
        ("...",),
        ("1. First, the soup.", "2. Then the fish."),
        ("We met on Jan. 5 and I was so happy.", "I called on Feb. 3 and Sept. 11."),
        ("Dec. was cold.", "We left in Nov.", "Then came Sat. 5 May.", "We sat.", "5 came."),
        ("I live in the U.S.", "You lied.", "The U.S. Army came at 9 a.m. on Fri. 3 June."),
        ("Mr. Hope vs. Prof. Joy et al. met Jones Inc. and so on.", "Fine."),
        ("I saw node.js, readme.md and v1.2.3 at example.com/a.b?c=dd.", "So?"),
        ("I am 5 ft. tall.", "It weighs 3 lbs. or so."),
        ("Write to joy@example.org.", "Now."),
    ],
)
def test_sentences_on_one_line(sentences: tuple[str, ...]) -> None:

    assert split_sentences(" ".join(sentences)) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("one line\nAnother line\n\n- a point\n- a second", ("one line", "Another line", "- a point", "- a second")),
        ("It goes\non here.\n\nnot here", ("It goes on here.", "not here")),
        ("x" * 60 + "\nI think. So it is,\r\nas you see", ("x" * 60 + " I think.", "So it is, as you see")),
        ("Yes!No way", ("Yes!", "No way")),
        (
            "I am angry.You lied to me.I want it back!Now!",
            ("I am angry.", "You lied to me.", "I want it back!", "Now!"),
        ),
        ("I paid $5.I want it", ("I paid $5.", "I want it")),
        ("ok.im sad.bye", ("ok.", "im sad.", "bye")),
        ("What?no way!really", ("What?", "no way!", "really")),
        ('He said "no."Then left', ('He said "no."', "Then left")),
        ("I am so angry...You lied", ("I am so angry...", "You lied")),
        ("J.K.Rowling and e.g.this or U.S.A. or a.b", ("J.K.Rowling and e.g.this or U.S.A. or a.b",)),
        (
            "Anna: " + "I tell you this " * 5 + "\nBob: no",
            (("Anna: " + "I tell you this " * 5).strip(), "Bob: no"),
        ),
        (
            "\u4eca\u65e5\u306f\u697d\u3057\u3044\u3002\u660e\u65e5\u3082\uff01\u306f\u3044",
            ("\u4eca\u65e5\u306f\u697d\u3057\u3044\u3002", "\u660e\u65e5\u3082\uff01", "\u306f\u3044"),
        ),
        ("\U0001f602 \U0001f602", ("\U0001f602 \U0001f602",)),
        ("", ()),
        (" \n\t\n ", ()),
    ],
)
def test_lines_and_scripts(text: str, sentences: tuple[str, ...]) -> None:
    assert split_sentences(text) == sentences


def test_who_never_stops_is_taken_apart_at_a_pause() -> None:
    text = " ".join(["word"] * 30 + ["here,"] + ["word"] * 30)
    first, second = split_sentences(text)
    assert first.endswith("here,")
    assert len(second.split()) == 30
    assert [len(part.split()) for part in split_sentences("word " * 95)] == [LONGEST_WORDS, LONGEST_WORDS, 15]


@given(st.text(st.sampled_from("aB1 .!?\u2026\"')\n\u3002\U0001f602\u2764,;")))
def test_nothing_is_lost_but_white_space(text: str) -> None:
    sentences = split_sentences(text)
    assert "".join("".join(sentences).split()) == "".join(text.split())
    assert all(sentence == sentence.strip() != "" for sentence in sentences)


@pytest.mark.parametrize(
    "piece",
    ["... ", "a. ", "A! ", "x", " ", "\U0001f602 ", ".\n", "?!", "\n", "\"'",
     "a.", "a.B", "word.word", "e.g.", "Jan. ", "A: ", "A:\n", "www.", "@a.", ".'", "\u3002", ".\U0001f602"],
)  # fmt: skip
def test_time_grows_with_the_text_alone(piece: str) -> None:
    text = piece * (256 * 1024 // len(piece))
    started = time.process_time()
    split_sentences(text)
    assert time.process_time() - started < 10
