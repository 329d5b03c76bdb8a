"""Early stopping listens to speakers whom nobody learns from."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ml_models.data.corpora import Clip
from ml_models.errors import TrainingDataError
from ml_models.networks.validation import part_speakers


def clips_of(sizes: list[int], corpus: str = "ravdess") -> list[Clip]:
    return [
        Clip(Path("a.wav"), corpus, f"{corpus}:{speaker}", "FM"[speaker % 2], "en", "happy")
        for speaker, size in enumerate(sizes)
        for _ in range(size)
    ]


def speakers(clips: list[Clip], positions: list[int]) -> set[str]:
    return {clips[index].speaker for index in positions}


@settings(max_examples=50, deadline=None)
@given(
    sizes=st.lists(st.integers(1, 4), min_size=2, max_size=12),
    share=st.floats(0.0, 1.0),
    seed=st.integers(0, 1_000),
)
def test_no_speaker_is_on_both_sides_and_neither_side_is_empty(sizes: list[int], share: float, seed: int) -> None:
    clips = clips_of(sizes)
    train = list(range(len(clips)))
    learn, validate = part_speakers(clips, train, share, seed=seed)
    assert not speakers(clips, learn) & speakers(clips, validate)
    assert sorted(learn + validate) == train
    assert learn
    assert validate


def test_one_seed_gives_one_choice_and_seeds_differ() -> None:
    clips = clips_of([1] * 12)
    choices = [part_speakers(clips, range(12), 0.25, seed=seed)[1] for seed in (0, 0, 1, 2, 3)]
    assert choices[0] == choices[1]
    assert len({tuple(choice) for choice in choices}) > 1


@pytest.mark.parametrize("seed", range(5))
def test_every_corpus_and_sex_gives_its_share(seed: int) -> None:
    clips = [*clips_of([1] * 20), *clips_of([1] * 10, "emodb")]
    _, validate = part_speakers(clips, range(30), 0.2, seed=seed)
    kept = [(clips[index].corpus, clips[index].sex) for index in validate]
    assert {group: kept.count(group) for group in set(kept)} == {
        ("ravdess", "F"): 2,
        ("ravdess", "M"): 2,
        ("emodb", "F"): 1,
        ("emodb", "M"): 1,
    }


def test_only_training_clips_are_parted() -> None:
    clips = clips_of([2] * 6)
    learn, validate = part_speakers(clips, range(4), 0.5, seed=0)
    assert sorted(learn + validate) == [0, 1, 2, 3]


def test_one_speaker_cannot_be_parted() -> None:
    with pytest.raises(TrainingDataError, match="at least two training speakers"):
        part_speakers(clips_of([3]), range(3), 0.2, seed=0)
