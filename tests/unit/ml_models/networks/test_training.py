"""Training learns, stops early, keeps its best pass and weighs rare classes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ml_models.data.corpora import EIGHT_EMOTIONS, SIX_EMOTIONS
from ml_models.errors import TrainingDataError
from ml_models.networks.features import FeatureBank
from ml_models.networks.front_end import StretchedMfcc
from ml_models.networks.lesson import Examples, Lesson, prepare_lesson
from ml_models.networks.training import Plan, score_in_batches, train_network
from ml_models.recipe import NetworkRecipe
from tests.unit.ml_models.networks.speakers import cast


def points(count: int, seed: int, classes: int = 2) -> Examples:
    generator = torch.Generator().manual_seed(seed)
    targets = torch.arange(count) % classes
    features = torch.randn(count, 4, generator=generator) + 3.0 * nn.functional.one_hot(targets, 4)
    return Examples((list(features),), targets)


def train(lesson: Lesson, epochs: int = 12, patience: int = 12, rate: float = 0.05, seed: int = 0):
    torch.manual_seed(seed)
    network = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.BatchNorm1d(8), nn.Linear(8, 2))
    optimiser = torch.optim.Adam(network.parameters(), rate)
    return network, train_network(network, lesson, optimiser, Plan(epochs, patience, 8), seed=seed, title="")


def loss_of(network: nn.Module, examples: Examples) -> float:
    scores = score_in_batches(network, examples.copies[0], 8)
    return float(nn.functional.cross_entropy(scores, examples.targets))


def test_classes_that_can_be_told_apart_are_told_apart() -> None:
    _, passes = train(Lesson(points(65, 0), points(40, 1), torch.ones(2)))
    assert passes[-1].train_loss < passes[0].train_loss
    assert max(one.validation_ua for one in passes) > 0.9


def test_training_stops_when_validation_no_longer_improves_and_keeps_the_best_pass() -> None:
    wrong = points(40, 1)
    # Whoever learns this lesson does worse and worse on its validation clips.
    lesson = Lesson(points(64, 0), Examples(wrong.copies, 1 - wrong.targets), torch.ones(2))
    network, passes = train(lesson, epochs=30, patience=3)
    losses = [one.validation_loss for one in passes]
    assert len(passes) == int(np.argmin(losses)) + 1 + 3
    assert loss_of(network, lesson.validate) == pytest.approx(min(losses), rel=1e-4)
    assert not network.training


def test_one_seed_gives_one_network_and_another_another() -> None:
    lesson = Lesson(points(64, 0), points(40, 1), torch.ones(2))
    first, again, other = (
        score_in_batches(train(lesson, epochs=2, seed=seed)[0], lesson.validate.copies[0], 8) for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_unweighted_accuracy_counts_each_class_alike() -> None:
    many, few = points(20, 1), points(2, 2)
    zeros = [feature for feature, target in zip(many.copies[0], many.targets, strict=True) if target == 0]
    validate = Examples(([*zeros, few.copies[0][1]],), torch.tensor([0] * len(zeros) + [1]))
    always_zero = nn.Linear(4, 2)
    always_zero.weight.data.zero_()
    always_zero.bias.data = torch.tensor([1.0, 0.0])
    optimiser = torch.optim.SGD(always_zero.parameters(), 0.0)
    (one,) = train_network(
        always_zero, Lesson(many, validate, torch.ones(2)), optimiser, Plan(1, 1, 8), seed=0, title=""
    )
    assert one.validation_ua == 0.5


def test_a_loss_that_is_no_number_is_told() -> None:
    learn = points(16, 0)
    learn.copies[0][3].fill_(torch.nan)
    with pytest.raises(TrainingDataError, match="Lower the learning rate"):
        train(Lesson(learn, points(8, 1), torch.ones(2)))


def test_a_last_clip_never_stands_alone() -> None:
    # A batch of one clip has no batch statistics: 9 clips in steps of 8 would leave one.
    train(Lesson(points(9, 0), points(8, 1), torch.ones(2)), epochs=1)


def lesson_of(label_set=EIGHT_EMOTIONS, copies: int = 1, keep=lambda clip: True):
    clips, sounds = cast()
    recipe = NetworkRecipe(mfcc=13, augmented_copies=copies, augmentations=("gain",))
    bank = FeatureBank(clips, sounds, StretchedMfcc(13, 0.5), recipe.augmentations, seed=0)
    train_clips = [index for index, clip in enumerate(clips) if keep(clip)]
    return prepare_lesson(clips, bank, train_clips, label_set, recipe, seed=0, title="")


def test_a_lesson_has_copies_to_learn_from_and_clean_clips_to_validate() -> None:
    lesson = lesson_of(copies=2)
    assert len(lesson.learn.copies) == 3
    assert len(lesson.validate.copies) == 1
    assert len(lesson.learn) == 3 * len(lesson.validate)


def test_class_weights_even_out_the_classes() -> None:
    # Calm joins neutral, so that neutral has twice as many clips as any other of the six.
    weights = lesson_of(SIX_EMOTIONS).class_weights
    neutral = SIX_EMOTIONS.labels.index("neutral")
    others = [index for index in range(6) if index != neutral]
    torch.testing.assert_close(weights[others], 2 * weights[neutral].expand(5))
    counts = torch.ones(6)
    counts[neutral] = 2
    assert float((weights * counts).sum() / counts.sum()) == pytest.approx(1.0)


def test_emotions_without_a_label_are_left_out() -> None:
    lesson = lesson_of(SIX_EMOTIONS)
    assert len(lesson.learn) + len(lesson.validate) == 4 * 7 * 2


def test_a_label_without_clips_is_told() -> None:
    with pytest.raises(TrainingDataError, match="No clips are sad"):
        lesson_of(keep=lambda clip: clip.emotion != "sad")


def test_a_single_speaker_is_told() -> None:
    with pytest.raises(TrainingDataError, match="at least two speakers"):
        lesson_of(keep=lambda clip: clip.speaker == "ravdess:0")
