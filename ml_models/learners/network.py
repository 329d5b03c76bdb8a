"""Networks that are trained from MFCC to classes."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

import torch
from torch import nn

from ml_models.graph import export_graph
from ml_models.learners.learner import EpochRecord
from ml_models.networks.architectures import Standardise, build
from ml_models.networks.features import FeatureBank, hear
from ml_models.networks.front_end import front_end_of
from ml_models.networks.lesson import prepare_lesson
from ml_models.networks.training import Pass, Plan, score_in_batches, train_network

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip, LabelSet
    from ml_models.data.sounds import Sounds
    from ml_models.learners.learner import Floats, Samples
    from ml_models.recipe import NetworkRecipe

SCORED_AT_ONCE = 32


@dataclass(frozen=True)
class FittedNetwork:
    """A trained network behind its front end.

    Attributes:
        front_end: waveform (batch, samples) to features of one size.
        network: features to class scores.
        curves: its training, pass by pass.
    """

    front_end: nn.Module
    network: nn.Module
    curves: tuple[EpochRecord, ...]

    def scores(self, sounds: Sequence[Samples]) -> Floats:
        """See `Fitted.scores`."""
        features = [hear(self.front_end, samples) for samples in sounds]
        scores: Floats = score_in_batches(self.network, features, SCORED_AT_ONCE).numpy()
        return scores

    def export(self, path: Path) -> float:
        """See `Fitted.export`.

        Raises:
            TrainingDataError: the network cannot be written as ONNX.
        """
        return export_graph(nn.Sequential(self.front_end, self.network).eval(), path)


class NetworkLearner:
    """Trains the network a recipe names; features are computed once for all fits."""

    def __init__(self, clips: Sequence[Clip], sounds: Sounds, recipe: NetworkRecipe, *, seed: int) -> None:
        """Prepare the front end.

        Args:
            clips: the recordings.
            sounds: their waveforms.
            recipe: features, architecture and schedule.
            seed: of copies, validation speakers, weights and draws.
        """
        self._clips = clips
        self._recipe = recipe
        self._seed = seed
        self._front_end = front_end_of(recipe).eval()
        self._bank = FeatureBank(clips, sounds, self._front_end, recipe.augmentations, seed=seed)

    def fit(self, train: Sequence[int], label_set: LabelSet, *, title: str = "network") -> FittedNetwork:
        """See `Learner.fit`."""
        recipe = self._recipe
        lesson = prepare_lesson(self._clips, self._bank, train, label_set, recipe, seed=self._seed, title=title)
        features = lesson.learn.everything()
        with seeded(self._seed):
            network = nn.Sequential(Standardise(features), build(recipe, features.shape[2], len(label_set.labels)))
            # Twice as fast on a CPU; torch's type stubs do not know this keyword.
            network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
            optimiser = torch.optim.Adam(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
            plan = Plan(recipe.epochs, recipe.patience, recipe.batch_size)
            passes = train_network(network, lesson, optimiser, plan, seed=self._seed, title=title)
            network.to(memory_format=torch.contiguous_format)  # type: ignore[call-overload]
        return FittedNetwork(self._front_end, network, records(passes))


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw torch's random numbers from a seed here, and from where they were afterwards."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        yield


def records(passes: Sequence[Pass]) -> tuple[EpochRecord, ...]:
    """Number the passes from 1."""
    return tuple(EpochRecord(number, *astuple(one)) for number, one in enumerate(passes, start=1))
