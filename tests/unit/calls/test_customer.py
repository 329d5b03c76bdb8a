from __future__ import annotations

from emotion_clf.calls import Turn
from emotion_clf.calls.customer import guess_customer


def test_the_one_who_answers_speaks_first_and_the_next_is_the_customer() -> None:
    turns = [Turn(0, 2, "right"), Turn(2, 4, "right"), Turn(4, 9, "left"), Turn(9, 11, "right")]
    assert guess_customer(turns, ("left", "right")) == "left"


def test_a_voice_alone_is_the_customer() -> None:
    assert guess_customer([Turn(0, 2, "A")], ("A", "B")) == "A"


def test_where_nobody_speaks_nobody_is() -> None:
    assert guess_customer([], ()) is None
