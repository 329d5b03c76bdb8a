from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_models.errors import TrainingDataError
from ml_models.evaluation.comparison import compare_runs
from ml_models.evaluation.predictions import HeldOutAnswer, read_answers, write_answers

WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=8)
ANSWERS = st.lists(
    st.builds(
        HeldOutAnswer,
        label_set=st.sampled_from(("six", "eight")),
        clip_id=WORDS,
        speaker=WORDS,
        corpus=WORDS,
        truth=WORDS,
        predicted=WORDS,
        confidence=st.integers(0, 10**6).map(lambda parts: parts / 10**6),
        fold=st.integers(1, 5),
    ),
    unique_by=lambda answer: (answer.label_set, answer.clip_id),
    max_size=6,
)
LABELS = ("angry", "sad")


def run(right: int, *, speakers: int = 6, each: int = 10, corpus: str = "ravdess") -> list[HeldOutAnswer]:
    """Every speaker's first `right` clips are answered rightly, the others not."""
    return [
        HeldOutAnswer(
            label_set="six",
            clip_id=f"{corpus}-{speaker}-{take}",
            speaker=str(speaker),
            corpus=corpus,
            truth=LABELS[take % 2],
            predicted=LABELS[take % 2 if take < right else 1 - take % 2],
            confidence=0.5,
            fold=1,
        )
        for speaker in range(speakers)
        for take in range(each)
    ]


@settings(max_examples=40, deadline=None)
@given(ANSWERS)
def test_answers_survive_the_file(answers: list[HeldOutAnswer]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        write_answers(Path(folder) / "run", answers)
        assert read_answers(Path(folder) / "run") == tuple(answers)


def test_a_run_without_answers_is_told_to_train(tmp_path: Path) -> None:
    with pytest.raises(TrainingDataError, match="Train the recipe first"):
        read_answers(tmp_path)


def test_a_file_without_a_column_names_it(tmp_path: Path) -> None:
    (tmp_path / "held_out.csv").write_text("label_set,clip_id,speaker,corpus,truth,predicted,fold\n")
    with pytest.raises(TrainingDataError, match="confidence"):
        read_answers(tmp_path)


@pytest.mark.parametrize("row", ["six,a,b,c,d,e,high,1", "six,a,b,c,d,e,0.5"])
def test_a_number_that_is_none_names_its_line(row: str, tmp_path: Path) -> None:
    path = write_answers(tmp_path, [])
    path.write_text(f"{path.read_text()}{row}\n")
    with pytest.raises(TrainingDataError, match="line 2"):
        read_answers(tmp_path)


def test_a_clip_that_is_answered_twice_is_refused(tmp_path: Path) -> None:
    answer = run(1)[0]
    write_answers(tmp_path, [answer, replace(answer, label_set="eight"), replace(answer, confidence=0.1)])
    with pytest.raises(TrainingDataError, match="twice"):
        read_answers(tmp_path)


def test_a_better_run_is_better_by_the_difference_of_the_scores() -> None:
    (found,) = compare_runs(run(4), run(6))
    assert (found.corpus, found.clips, found.speakers) == ("ravdess", 60, 6)
    assert (found.first_ua, found.second_ua) == pytest.approx((0.4, 0.6))
    assert found.difference.value == pytest.approx(0.2)
    assert (found.difference.interval.low, found.difference.interval.high) == pytest.approx((0.2, 0.2))


def test_only_what_both_have_answered_is_compared() -> None:
    (found,) = compare_runs(run(4, speakers=6), [*run(6, speakers=3), *run(6, corpus="emodb")])
    assert (found.corpus, found.clips, found.speakers) == ("ravdess", 30, 3)


def test_runs_without_a_common_clip_are_refused() -> None:
    with pytest.raises(TrainingDataError, match="share no clip"):
        compare_runs(run(4), run(4, corpus="emodb"))


@pytest.mark.parametrize("change", [{"truth": "happy"}, {"speaker": "somebody"}])
def test_runs_that_disagree_on_a_clip_are_refused(change: dict[str, str]) -> None:
    first, *rest = run(4)
    with pytest.raises(TrainingDataError, match=first.clip_id):
        compare_runs([first, *rest], [replace(first, **change), *rest])
