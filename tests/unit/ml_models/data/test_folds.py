from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml_models.data.corpora import Clip
from ml_models.data.folds import (
    FOLDS,
    RAVDESS_TEST_ACTORS,
    DoubledSplit,
    LimitedSplit,
    RandomSplit,
    UnheardCorpus,
    speaker_folds,
    standard_fold,
)
from ml_models.errors import TrainingDataError


def people(sizes: dict[tuple[str, str], int]) -> list[Clip]:
    return [
        Clip(Path(f"{speaker}-{take}.wav"), corpus, f"{corpus}:{speaker}", "F", "en", "sad")
        for (corpus, speaker), count in sizes.items()
        for take in range(count)
    ]


@st.composite
def data_sets(draw: st.DrawFn) -> list[Clip]:
    sizes = {}
    for corpus in draw(st.sets(st.sampled_from(("nemo", "ased", "emodb")), min_size=1)):
        for speaker in range(draw(st.integers(FOLDS, 12))):
            sizes[corpus, str(speaker)] = draw(st.integers(1, 9))
    if draw(st.booleans()):
        for actor in draw(st.sets(st.integers(1, 24), min_size=FOLDS)):
            sizes["ravdess", f"Actor_{actor:02d}"] = draw(st.integers(1, 4))
    return draw(st.permutations(people(sizes)))


@given(data_sets())
def test_nobody_is_heard_in_training_and_in_testing(clips: list[Clip]) -> None:
    for fold in speaker_folds(clips):
        train, test = fold.split(clips)
        assert not {clips[i].speaker for i in train} & {clips[i].speaker for i in test}
        assert sorted(train + test) == list(range(len(clips)))


@given(data_sets())
def test_everybody_is_tested_exactly_once(clips: list[Clip]) -> None:
    folds = speaker_folds(clips)
    tested = [index for fold in folds for index in fold.split(clips)[1]]
    assert sorted(tested) == list(range(len(clips)))
    for corpus in {clip.corpus for clip in clips} - {"ravdess"}:
        assert all(any(name.startswith(corpus) for name in fold.test_speakers) for fold in folds)


@given(data_sets(), st.randoms())
def test_the_order_of_the_clips_does_not_matter(clips: list[Clip], random: object) -> None:
    shuffled = list(clips)
    random.shuffle(shuffled)
    assert speaker_folds(clips) == speaker_folds(shuffled)


def test_ravdess_follows_the_published_folds() -> None:
    clips = people({("ravdess", f"Actor_{actor:02d}"): 2 for actors in RAVDESS_TEST_ACTORS for actor in actors})
    for fold, actors in zip(speaker_folds(clips), RAVDESS_TEST_ACTORS, strict=True):
        assert fold.test_speakers == {f"ravdess:Actor_{actor:02d}" for actor in actors}


def test_a_random_split_leaks_speakers_but_not_clips() -> None:
    clips = people({("nemo", str(speaker)): 40 for speaker in range(FOLDS)})
    train, test = RandomSplit().split(clips)
    assert sorted(train + test) == list(range(len(clips)))
    assert len(test) == len(clips) // FOLDS
    assert {clips[i].speaker for i in test} <= {clips[i].speaker for i in train}


def test_five_random_parts_test_every_clip_once() -> None:
    clips = people({("nemo", "1"): 23})
    tested = [index for part in range(FOLDS) for index in RandomSplit(part=part).split(clips)[1]]
    assert sorted(tested) == list(range(len(clips)))


def test_a_doubled_copy_tests_clips_that_are_in_training() -> None:
    clips = people({("ravdess", f"Actor_{actor:02d}"): 20 for actor in range(1, 6)})
    train, test = DoubledSplit().split(clips)
    assert sorted(train + test) == sorted(2 * list(range(len(clips))))
    assert len(set(test) & set(train)) > 0.7 * len(set(test))


def test_the_standard_split_keeps_three_groups_of_people_apart() -> None:
    clips = people({("cremad", str(1001 + actor)): 3 for actor in range(91)})
    fold = standard_fold(clips)
    train, test = fold.split(clips)
    validation = fold.validation(clips)
    assert sorted(train + validation + test) == list(range(len(clips)))
    groups = [{clips[i].speaker for i in part} for part in (train, validation, test)]
    assert [len(group) for group in groups] == [63, 9, 19]
    assert not groups[0] & groups[1] | groups[1] & groups[2] | groups[0] & groups[2]
    with pytest.raises(TrainingDataError, match="at least 10 speakers"):
        standard_fold(people({("cremad", str(actor)): 1 for actor in range(3)}))


def test_too_few_speakers_are_refused() -> None:
    with pytest.raises(TrainingDataError, match=r"nemo has 4 speaker\(s\)"):
        speaker_folds(people({("nemo", str(speaker)): 1 for speaker in range(4)}))


@given(data_sets())
def test_a_corpus_that_is_left_out_is_tested_whole_and_heard_nowhere(clips: list[Clip]) -> None:
    for corpus in {clip.corpus for clip in clips}:
        train, test = UnheardCorpus(99, corpus).split(clips)
        assert {clips[i].corpus for i in test} == {corpus}
        assert corpus not in {clips[i].corpus for i in train}
        assert sorted(train + test) == list(range(len(clips)))


@given(data_sets())
def test_a_limited_split_leaves_other_corpora_on_neither_side(clips: list[Clip]) -> None:
    kept = clips[0].corpus
    limited = LimitedSplit(RandomSplit(), (kept,))
    train, test = limited.split(clips)
    assert limited.number == RandomSplit().number
    assert {clips[i].corpus for i in [*train, *test]} == {kept}
    assert sorted(train + test) == [i for i, clip in enumerate(clips) if clip.corpus == kept]
