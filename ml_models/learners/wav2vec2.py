"""A wav2vec 2.0 that is fine-tuned to classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from ml_models.learners.network import FittedNetwork, records, seeded
from ml_models.networks.features import FeatureBank
from ml_models.networks.lesson import prepare_lesson
from ml_models.networks.training import Plan, train_network
from ml_models.networks.wav2vec2 import Checkpoint, FrameClassifier, WaveformFrames

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.sounds import Sounds
    from ml_models.recipe import Wav2Vec2Recipe

WARM_UP = 0.1


class Wav2Vec2Learner:
    """Fine-tunes the transformer; what the frozen convolutions hear is computed once for all fits."""

    def __init__(self, clips: Sequence[Clip], sounds: Sounds, recipe: Wav2Vec2Recipe, *, seed: int) -> None:
        """Load the convolutions.

        Args:
            clips: the recordings.
            sounds: their waveforms.
            recipe: weights and schedule.
            seed: of copies, validation speakers, the new classifier and draws.

        Raises:
            TrainingDataError: no such weights, or weights of something else.
        """
        self._clips = clips
        self._recipe = recipe
        self._seed = seed
        self._checkpoint = Checkpoint(recipe.source, recipe.revision)
        convolutions = self._checkpoint.load(labels=1).wav2vec2.feature_extractor
        self._front_end = WaveformFrames(
            convolutions, normalise=self._checkpoint.normalises(), seconds=recipe.seconds
        ).eval()
        self._bank = FeatureBank(clips, sounds, self._front_end, recipe.augmentations, seed=seed)

    def fit(self, train: Sequence[int], label_set: LabelSet, *, title: str = "wav2vec2") -> FittedNetwork:
        """See `Learner.fit`."""
        recipe = self._recipe
        lesson = prepare_lesson(self._clips, self._bank, train, label_set, recipe, seed=self._seed, title=title)
        plan = Plan(recipe.epochs, recipe.patience, recipe.batch_size)
        with seeded(self._seed):
            network = FrameClassifier(self._checkpoint.load(labels=len(label_set.labels)))
            optimiser = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
            schedule = torch.optim.lr_scheduler.OneCycleLR(
                optimiser,
                recipe.learning_rate,
                total_steps=plan.epochs * plan.steps_per_epoch(len(lesson.learn)),
                pct_start=WARM_UP,
                anneal_strategy="linear",
                cycle_momentum=False,
            )
            passes = train_network(network, lesson, optimiser, plan, seed=self._seed, title=title, schedule=schedule)
        return FittedNetwork(self._front_end, network, records(passes))
