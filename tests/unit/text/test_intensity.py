from __future__ import annotations

import re

import pytest

from emotion_clf.settings import PROJECT_DIR
from emotion_clf.text.intensity import BASE, intensity_of, lowering, raising
from emotion_clf.text.taxonomy import SUB_EMOTION_LABELS, emotion_of

ROW = re.compile(
    r"^\| (?P<label>[a-z]+) \| (?P<sentence>[^|]+) \| (?P<marks>[^|]*) \| (?P<degree>\w+) \|$", re.MULTILINE
)


def examples() -> list[tuple[str, str, str, str]]:
    page = (PROJECT_DIR / "docs" / "text.md").read_text(encoding="utf-8")
    section = page.split("### Worked examples")[1].split("\n## ")[0]
    return ROW.findall(section)


def test_the_page_has_examples_of_every_degree_and_mark() -> None:
    rows = examples()
    assert {row[3] for row in rows} == {"mild", "moderate", "intense", "none"}
    marks = {mark for row in rows for mark in row[2].split(", ")}
    assert marks >= {"intensifier", "strong word", "capitals", "exclamation", "elongation", "downtoner", "hedge"}


@pytest.mark.parametrize(("label", "sentence", "marks", "degree"), examples())
def test_worked_examples(label: str, sentence: str, marks: str, degree: str) -> None:
    assert (intensity_of(label, sentence) or "none") == degree
    assert ", ".join((*raising(sentence), *lowering(sentence))) == marks


def test_only_where_something_supports_a_degree() -> None:
    assert {emotion_of(label) for label in SUB_EMOTION_LABELS if label not in BASE} == {
        "neutral",
        "disgust",
        "surprise",
    }
    assert intensity_of(None, "SO VERY ANGRY!!!") is None
    assert intensity_of("disgust", "So GROSS!!") is None


@pytest.mark.parametrize(
    "sentence",
    [
        "so I left",
        "so far we are fine",
        "me too",
        "COVID came",
        "NASA and ESA",
        "hmmm, see www.example.com",
        "Great!",
        "Louis XIII",
        "",
        "I am not very happy",
    ],
)
def test_what_raises_nothing(sentence: str) -> None:
    assert raising(sentence) == ()


@pytest.mark.parametrize("label", BASE)
def test_marks_never_leave_the_scale(label: str) -> None:
    assert intensity_of(label, "I am SO absolutely, utterly FURIOUS and thrilled!!! soooo") == "intense"
    assert intensity_of(label, "maybe I am somewhat that, a bit") == "mild"
