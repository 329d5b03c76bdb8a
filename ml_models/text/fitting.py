"""Fit the network: one loss for each head, the encoder's lower layers more slowly than its upper ones."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import torch
from torch.nn import functional
from tqdm import tqdm

from ml_models.text.examples import NO_INTENSITY

if TYPE_CHECKING:
    from torch import Tensor

    from ml_models.text.lesson import Batch, Lesson
    from ml_models.text.network import TextNetwork
    from ml_models.text.recipe import FittingRecipe, HeadsRecipe

_LARGEST_GRADIENT: Final = 1.0
_WEIGHT_DECAY: Final = 0.01
_LAYER: Final = re.compile(r"\blayer\.(\d+)\.")


def fit_network(network: TextNetwork, lesson: Lesson, recipe: FittingRecipe, heads: HeadsRecipe, layers: int) -> float:
    """Train in place; afterwards the network is in evaluation mode.

    Args:
        network: pre-trained encoder, untrained heads.
        lesson: what to learn from.
        recipe: passes, steps and rates.
        heads: the weights of the losses.
        layers: of the encoder.

    Returns:
        The mean loss of the last pass.
    """
    optimiser = torch.optim.AdamW(_groups(network, recipe, layers), betas=(0.9, 0.98), fused=True)
    steps = lesson.steps * recipe.epochs
    warm_up = max(1, round(steps * recipe.warm_up))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / warm_up) * max(0.0, 1.0 - step / steps)
    )
    targets = _Targets(lesson, heads)
    network.train()
    total = 0.0
    with tqdm(total=steps, unit="step", leave=False, disable=None) as bar:
        for _ in range(recipe.epochs):
            total = 0.0
            for batch in lesson.batches():
                with torch.autocast("cpu", torch.bfloat16, enabled=recipe.bfloat16):
                    vectors = sentence_vectors(network, batch)
                loss = targets.loss(run_heads(network, vectors.float(), batch), batch)
                optimiser.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(network.parameters(), _LARGEST_GRADIENT)
                optimiser.step()
                schedule.step()
                total += loss.item()
                bar.update()
    network.eval()
    return total / lesson.steps


def sentence_vectors(network: TextNetwork, batch: Batch) -> Tensor:
    """Vectors of a batch's texts and, behind them, of their neighbours."""
    vectors: Tensor = network.sentences(*batch.texts)
    if batch.beside is None:
        return vectors
    return torch.cat([vectors, network.sentences(*batch.beside)])


def run_heads(network: TextNetwork, vectors: Tensor, batch: Batch) -> tuple[Tensor, ...]:
    """The heads' logits of a batch's judged texts, given the vectors of all its texts."""
    judged = vectors[: len(batch.rows)]
    if network.heads.context is None:
        return tuple(network.heads(judged, batch.features))
    return tuple(network.heads(judged, batch.features, vectors[batch.neighbours], batch.mask))


class _Targets:
    """What the heads should say."""

    def __init__(self, lesson: Lesson, heads: HeadsRecipe) -> None:
        self._emotions = torch.from_numpy(lesson.examples.emotions)
        self._sub_emotions = torch.from_numpy(lesson.examples.sub_emotions)
        self._intensities = torch.from_numpy(lesson.examples.intensities)
        self._recipe = heads

    def loss(self, logits: tuple[Tensor, ...], batch: Batch) -> Tensor:
        """The weighted sum of the heads' losses, each over the texts that have its kind of label."""
        labelled = self._sub_emotions[batch.rows].sum(1) > 0
        rows = batch.rows[labelled]
        loss = torch.zeros(())
        if len(rows):
            loss = functional.binary_cross_entropy_with_logits(logits[0][labelled], self._emotions[rows])
            loss = loss + self._recipe.sub_emotion_weight * functional.binary_cross_entropy_with_logits(
                logits[1][labelled], self._sub_emotions[rows]
            )
        degrees = self._intensities[batch.rows]
        if self._recipe.intensity == "head" and bool((degrees != NO_INTENSITY).any()):
            loss = loss + self._recipe.intensity_weight * functional.cross_entropy(
                logits[2], degrees, ignore_index=NO_INTENSITY
            )
        return loss


def _groups(network: TextNetwork, recipe: FittingRecipe, layers: int) -> list[dict[str, Any]]:
    """Each parameter with its rate; biases and norms are not decayed."""
    groups = []
    for name, parameter in network.named_parameters():
        rate = recipe.heads_learning_rate
        if name.startswith("sentences.encoder."):
            layer = _LAYER.search(name)
            depth = int(layer[1]) + 1 if layer else 0
            rate = recipe.learning_rate * recipe.layer_decay ** (layers - depth)
        groups.append(
            {"params": [parameter], "lr": rate, "weight_decay": _WEIGHT_DECAY if parameter.dim() > 1 else 0.0}
        )
    return groups
