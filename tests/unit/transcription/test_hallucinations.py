from __future__ import annotations

from dataclasses import dataclass

import pytest

from emotion_clf.transcription import Segment, Word
from emotion_clf.transcription.hallucinations import has_words, is_silence, loops, without_repeats


@dataclass(frozen=True)
class Heard:
    text: str = "Thank you."
    avg_logprob: float = -0.2
    no_speech_prob: float = 0.1
    compression_ratio: float = 1.0


@pytest.mark.parametrize(
    ("heard", "dropped"),
    [
        (Heard(), False),
        (Heard(no_speech_prob=0.9), False),
        (Heard(avg_logprob=-1.2), False),
        (Heard(avg_logprob=-1.2, no_speech_prob=0.7), True),
        (Heard(avg_logprob=-1.6), True),
    ],
    ids=["sure", "sure of its words", "speech in noise", "doubted", "guessed"],
)
def test_silence_is_what_the_model_doubts(heard: Heard, dropped: bool) -> None:
    assert is_silence(heard) is dropped


def test_loops_and_signs_are_no_words() -> None:
    assert loops(Heard(compression_ratio=2.5, no_speech_prob=0.5), 10.0)
    assert loops(Heard("you know " * 40, compression_ratio=9.0), 10.0)
    assert not loops(Heard("you know " * 20, compression_ratio=9.0), 10.0)
    assert not loops(Heard("you know " * 40, compression_ratio=2.3, no_speech_prob=0.5), 10.0)
    assert not any(map(has_words, ["", " ...", "\N{BEAMED EIGHTH NOTES}", "- -"]))
    assert all(map(has_words, ["a", "42", "\N{CJK UNIFIED IDEOGRAPH-597D}"]))


def test_a_doubtful_line_three_times_in_a_row_is_kept_once() -> None:
    def lines(*texts: str, confidence: float = 0.3) -> tuple[Segment, ...]:
        return tuple(
            Segment(text, float(place), place + 0.5, words=(Word(text, float(place), place + 0.5, confidence),))
            for place, text in enumerate(texts)
        )

    def left(*texts: str) -> list[str]:
        return [segment.text for segment in without_repeats(lines(*texts))]

    sure = lines("No.", "No.", "No.", confidence=0.9)
    assert without_repeats(sure) == sure

    assert left("No.", "No.") == ["No.", "No."]
    assert left("No.", "No!", "no") == ["No."]
    assert left("A.", "Bye.", "Bye.", "Bye.", "Bye.", "B.") == ["A.", "Bye.", "B."]
    assert left("A.", "B.", "A.", "B.", "A.") == ["A.", "B.", "A.", "B.", "A."]
