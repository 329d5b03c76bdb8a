from __future__ import annotations

from dataclasses import replace

import numpy as np

from emotion_clf.audio import SAMPLE_RATE_HZ, Waveform
from emotion_clf.settings import Settings
from emotion_clf.transcription import (
    Segment,
    Transcript,
    Word,
    assign_speakers,
    parse_captions,
    redact_transcript,
    sentences,
    to_lines,
    to_srt,
    to_webvtt,
)
from tests.support.talk import talk

HELLO = Segment("Guten Tag. Wie geht es?", 0.0, 1.5, translation="Good day. How are you?")
CALL = Segment("Ruf +44 20 7946 0958 an.", 2.0, 4.0, translation="Call +44 20 7946 0958.")
ENGLISH = Segment("So it was. Yes.", 5.0, 6.0)
TRANSCRIPT = Transcript((HELLO, CALL, ENGLISH), "de", "test", "1")


def test_a_translated_segment_is_one_sentence_and_the_rest_is_split() -> None:
    found = sentences(TRANSCRIPT)
    assert [(sentence.text, sentence.translation) for sentence in found] == [
        (HELLO.text, HELLO.translation),
        (CALL.text, CALL.translation),
        ("So it was.", None),
        ("Yes.", None),
    ]


def test_it_travels_as_json() -> None:
    assert Transcript.from_dict(TRANSCRIPT.as_dict()) == TRANSCRIPT
    told = TRANSCRIPT.as_dict()
    for segment in told["segments"]:
        del segment["translation"]  # as it was written before there were translations
    assert Transcript.from_dict(told).segments[2] == ENGLISH


def test_it_stands_beneath_the_words_in_every_form() -> None:
    assert to_lines(TRANSCRIPT).splitlines()[1].strip() == HELLO.translation
    assert f"\n{HELLO.text}\n{HELLO.translation}\n\n2\n" in to_srt(TRANSCRIPT)
    cues = parse_captions(to_webvtt(TRANSCRIPT)).segments
    assert [" ".join(cue.text.split()) for cue in cues] == [
        f"{HELLO.text} {HELLO.translation}",
        f"{CALL.text} {CALL.translation}",
        ENGLISH.text,
    ]


def test_it_is_redacted_like_the_words() -> None:
    redacted = redact_transcript(TRANSCRIPT).transcript.segments
    assert (redacted[1].text, redacted[1].translation) == ("Ruf [PHONE] an.", "Call [PHONE].")
    assert (redacted[0].translation, redacted[2].translation) == (HELLO.translation, None)


def test_a_translated_sentence_has_one_speaker() -> None:
    sound = talk()
    words = tuple(Word(str(place), place / 2, place / 2 + 0.4) for place in range(16))
    whole = Segment("Ein Satz.", 0.0, 8.0, words=words, translation="A sentence.")
    named = assign_speakers(sound, Transcript((whole,), "de", "test", "1"), Settings(speaker_count=2))
    assert len(named.segments) == 1
    assert replace(named.segments[0], speaker=None) == whole
    assert named.segments[0].speaker
    silence = Waveform(np.zeros(SAMPLE_RATE_HZ, dtype=np.float32))
    assert assign_speakers(silence, TRANSCRIPT, Settings()) == TRANSCRIPT
