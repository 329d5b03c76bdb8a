"""Train a network on a lesson: early stopping on speakers it does not learn from, and the best pass is kept."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass
from math import ceil, inf, isfinite
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ml_models.networks.lesson import Examples, Lesson

LARGEST_GRADIENT = 5.0


@dataclass(frozen=True)
class Plan:
    """How long and in what steps to train.

    Attributes:
        epochs: the most passes; each hears every clip once, in a copy that is drawn.
        patience: passes without a smaller validation loss before training stops.
        batch_size: the most clips per step.
    """

    epochs: int
    patience: int
    batch_size: int

    def steps_per_epoch(self, clips: int) -> int:
        """Give the number of steps of one pass."""
        return ceil(clips / self.batch_size)


@dataclass(frozen=True)
class Pass:
    """One pass of training.

    Attributes:
        train_loss: mean over the clips, weighted by class.
        validation_loss: of the validation clips, weighted likewise.
        validation_ua: their unweighted accuracy.
    """

    train_loss: float
    validation_loss: float
    validation_ua: float


def train_network(
    network: nn.Module,
    lesson: Lesson,
    optimiser: torch.optim.Optimizer,
    plan: Plan,
    *,
    seed: int,
    title: str,
    schedule: torch.optim.lr_scheduler.LRScheduler | None = None,
) -> tuple[Pass, ...]:
    """Train in place; afterwards the network is that of the best pass, in evaluation mode.

    Args:
        network: features (batch, ...) to class scores (batch, labels).
        lesson: what to learn from and to stop by.
        optimiser: of the network's weights.
        plan: passes and steps.
        seed: of the order of the clips and of the choice of copies.
        title: shown beside the progress bar.
        schedule: of the learning rate, moved after every step.

    Raises:
        TrainingDataError: the loss is no number any more.
    """
    rng = np.random.default_rng(seed)
    teacher = _Teacher(network, nn.CrossEntropyLoss(lesson.class_weights), optimiser, schedule)
    best_loss, best_weights, waited = inf, deepcopy(network.state_dict()), 0
    passes: list[Pass] = []
    progress = tqdm(range(plan.epochs), title)
    for _ in progress:
        passes.append(Pass(teacher.teach(lesson.learn, plan, rng), *teacher.examine(lesson.validate, plan)))
        progress.set_postfix(loss=f"{passes[-1].train_loss:.3f}", ua=f"{passes[-1].validation_ua:.3f}")
        waited += 1
        if passes[-1].validation_loss < best_loss:
            best_loss, best_weights, waited = passes[-1].validation_loss, deepcopy(network.state_dict()), 0
        if waited >= plan.patience:
            break
    network.load_state_dict(best_weights)
    network.eval()
    return tuple(passes)


@dataclass(frozen=True)
class _Teacher:
    network: nn.Module
    objective: nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler | None

    def teach(self, examples: Examples, plan: Plan, rng: np.random.Generator) -> float:
        """Go once through the examples, and give the mean loss."""
        self.network.train()
        total = sum(self._step(*batch) * len(batch[1]) for batch in _batches(examples, plan, rng))
        return total / len(examples)

    def examine(self, examples: Examples, plan: Plan) -> tuple[float, float]:
        """Give the loss and the unweighted accuracy on the clean clips."""
        scores = score_in_batches(self.network, examples.copies[0], plan.batch_size)
        right = (scores.argmax(dim=1) == examples.targets).float()
        recalls = [right[examples.targets == label].mean().item() for label in set(examples.targets.tolist())]
        return float(self.objective(scores, examples.targets)), float(np.mean(recalls))

    def _step(self, features: Tensor, targets: Tensor) -> float:
        # Several times as fast on processors that know the format.
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = self.network(features)
        loss = self.objective(scores.float(), targets)
        if not isfinite(loss.item()):
            raise TrainingDataError("Training diverged: the loss is no number any more. Lower the learning rate.")
        self.optimiser.zero_grad()
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(self.network.parameters(), LARGEST_GRADIENT)
        self.optimiser.step()
        if self.schedule is not None:
            self.schedule.step()
        return float(loss.item())


def _batches(examples: Examples, plan: Plan, rng: np.random.Generator) -> Iterator[tuple[Tensor, Tensor]]:
    """Part a shuffled pass into steps of nearly equal size: a last clip alone would have no batch statistics."""
    order = rng.permutation(len(examples))
    copies = rng.integers(len(examples.copies), size=len(examples))
    steps = plan.steps_per_epoch(len(examples))
    for clips, drawn in zip(np.array_split(order, steps), np.array_split(copies, steps), strict=True):
        yield examples.batch(clips, drawn), examples.targets[clips]


def score_in_batches(network: nn.Module, features: list[Tensor], batch_size: int) -> Tensor:
    """Give the class scores (clips, labels) of features, in evaluation mode."""
    network.eval()
    with torch.inference_mode():
        batches = [
            network(torch.stack(features[start : start + batch_size])) for start in range(0, len(features), batch_size)
        ]
    return torch.cat(batches)
