from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emotion_clf.transcription import Segment, Transcript, Word, sentences
from emotion_clf.transcription.sentences import LONGEST_S


def transcript(*segments: Segment, language: str = "en") -> Transcript:
    return Transcript(segments, language, "test", "1")


def spoken(text: str, pauses: dict[int, float] | None = None, step_s: float = 0.4) -> Segment:
    words, at = [], 0.0
    for place, word in enumerate(text.split()):
        at += (pauses or {}).get(place, 0.0)
        words.append(Word(word, at, at + step_s))
        at += step_s
    return Segment(text, words[0].start_s, words[-1].end_s, words=tuple(words))


@st.composite
def segments(draw: st.DrawFn) -> tuple[Segment, ...]:
    at, found = 0.0, []
    word = st.text("ab.?!", min_size=1, max_size=4)
    for speaker in draw(st.lists(st.sampled_from([None, "A", "B"]), max_size=4)):
        words = []
        for text in draw(st.lists(word, min_size=1, max_size=30)):
            at += draw(st.sampled_from([0.0, 0.1, 1.0]))
            words.append(Word(text, at, at + 0.5))
            at += 0.5
        timed = tuple(words) if draw(st.booleans()) else ()
        text = " ".join(one.text for one in words)
        found.append(Segment(text, words[0].start_s, words[-1].end_s, speaker, timed))
    return tuple(found)


@given(segments())
def test_no_word_is_lost_or_moved_and_none_is_too_long(parts: tuple[Segment, ...]) -> None:
    found = sentences(transcript(*parts))
    assert " ".join(sentence.text for sentence in found) == " ".join(part.text for part in parts)
    for one in found:
        assert one.start_s <= one.end_s
        assert one.end_s - one.start_s <= LONGEST_S + 1e-6 or " " not in one.text
    assert all(one.end_s <= two.start_s + 1e-6 for one, two in pairwise(found))


def test_stops_end_sentences_and_abbreviations_do_not() -> None:
    text = "Dr. Smith is here. Is he, e.g. ill? Yes, he paid 3.50 today!"
    assert [one.text for one in sentences(transcript(spoken(text)))] == [
        "Dr. Smith is here.",
        "Is he, e.g. ill?",
        "Yes, he paid 3.50 today!",
    ]


def test_pauses_end_sentences_where_nobody_writes_stops() -> None:
    found = sentences(transcript(spoken("i am here where are you", {3: 0.9})))
    assert [one.text for one in found] == ["i am here", "where are you"]
    assert (found[1].start_s, found[1].end_s) == pytest.approx((2.1, 3.3))


def test_speech_without_stop_or_pause_is_split_at_its_longest_pause() -> None:
    found = sentences(transcript(spoken(" ".join(["word"] * 80), {50: 0.5})))
    assert [len(one.text.split()) for one in found] == [50, 30]


def test_a_sentence_goes_on_over_captions_and_ends_with_its_speaker() -> None:
    found = sentences(
        transcript(
            Segment("this goes", 0.0, 1.0, "A"), Segment("on. And", 1.0, 2.0, "A"), Segment("no more", 2.0, 3.0, "B")
        )
    )
    assert [(one.text, one.speaker) for one in found] == [("this goes on.", "A"), ("And", "A"), ("no more", "B")]
    assert found[0].end_s == 1.5


def test_languages_without_blanks_get_none() -> None:
    part = Segment("你好。再见", 0.0, 2.0, words=(Word("你好。", 0.0, 1.0), Word("再", 1.0, 1.5), Word("见", 1.5, 2.0)))
    assert [one.text for one in sentences(transcript(part, language="zh"))] == ["你好。", "再见"]
