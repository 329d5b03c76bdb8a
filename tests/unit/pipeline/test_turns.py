from __future__ import annotations

from emotion_clf.pipeline.source_sentences import turns_of
from emotion_clf.transcription import Sentence


def test_a_turn_ends_with_its_speaker_or_a_long_pause() -> None:
    said = [
        Sentence("One.", 0.0, 1.0, "A"),
        Sentence("Two.", 1.5, 2.0, "A"),
        Sentence("Three.", 2.1, 3.0, "B"),
        Sentence("Four.", 4.9, 5.5, "B"),
        Sentence("Five.", 7.5, 8.0, "B"),
        Sentence("Six.", 8.1, 9.0, "A"),
    ]
    assert turns_of(said) == [0, 0, 1, 1, 2, 3]


def test_a_text_without_times_is_one_turn() -> None:
    assert turns_of([Sentence(text, 0.0, 0.0) for text in "abc"]) == [0, 0, 0]
    assert turns_of([]) == []
