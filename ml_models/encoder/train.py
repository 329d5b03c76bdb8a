"""Train an encoder: a seed, a recipe and the training speakers' features in, one network out."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING, Generic, TypeVar

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from ml_models.data.corpora import require_trainable
from ml_models.encoder.batches import Draws, disturb, excerpts
from ml_models.encoder.network import Encoder, NetworkShape
from ml_models.encoder.objective import CorpusHeads, Mixture, targets_of
from ml_models.errors import TrainingDataError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip
    from ml_models.encoder.features import FeatureStore
    from ml_models.recipe import EncoderRecipe

Network = TypeVar("Network", bound=nn.Module)

LARGEST_GRADIENT = 5.0
WARM_UP = 0.15


class RunningAverage(Generic[Network]):
    """A decaying average of a network's weights: smoother than its last step."""

    def __init__(self, network: Network, decay: float) -> None:
        self.network = deepcopy(network)
        self.network.eval()
        self._decay = decay
        self._updates = 0

    @torch.no_grad()
    def update(self, network: Network) -> None:
        """Take in the weights and batch statistics of one step."""
        self._updates += 1
        decay = min(self._decay, self._updates / (self._updates + 10))
        for mine, new in zip(self.network.state_dict().values(), network.state_dict().values(), strict=True):
            if mine.dtype.is_floating_point:
                mine.lerp_(new, 1 - decay)
            else:
                mine.copy_(new)


def train_encoder(
    clips: Sequence[Clip],
    store: FeatureStore,
    train: Sequence[int],
    recipe: EncoderRecipe,
    *,
    seed: int,
    title: str = "encoder",
) -> Encoder:
    """Train on the given clips only.

    Args:
        clips: the whole data set.
        store: features of the whole data set.
        train: indices of the clips to learn from.
        recipe: sizes and schedule.
        seed: of weights, draws and disturbances; the same seed gives the same network on the same machine.
        title: shown beside the progress bar.

    Returns:
        The averaged encoder, in evaluation mode.

    Raises:
        TrainingDataError: nothing to tell apart, or a corpus of the recipe has no training clips.
    """
    chosen = [clips[index] for index in train]
    require_trainable(chosen)
    targets = targets_of(clips)
    decks = {name: [i for i in train if clips[i].corpus == name] for name in recipe.clips_per_epoch}
    missing = [name for name, deck in decks.items() if not deck]
    if missing or not decks:
        raise TrainingDataError(f"No training clips of {', '.join(missing) or 'any corpus of the recipe'}.")
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    shape = NetworkShape(recipe.channels, recipe.embedding_dim, recipe.dropout)
    network = Encoder(shape)
    # Twice as fast on a CPU; torch's type stubs do not know this keyword.
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    heads = CorpusHeads(recipe.embedding_dim, targets.allowed, recipe.dropout)
    average = RunningAverage(network, recipe.average_decay)
    draws = Draws(decks, recipe.clips_per_epoch, rng)
    steps = max(1, sum(recipe.clips_per_epoch.values()) // recipe.batch_size)
    weights = [*network.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=max(steps, 1) * recipe.epochs, pct_start=WARM_UP
    )
    progress = tqdm(range(recipe.epochs), title)
    for _ in progress:
        network.train()
        losses = []
        order = draws.epoch()
        for batch in order[: steps * recipe.batch_size].reshape(steps, -1):
            features = disturb(excerpts(store, batch, recipe.crop_frames, rng), rng)
            mixture = Mixture.draw(len(batch), recipe, rng)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                embedding = network(mixture.features(features)).float()
            corpus, emotion = (torch.from_numpy(part[batch]) for part in (targets.corpus, targets.emotion))
            loss = mixture.loss(heads, embedding, corpus, emotion, recipe.label_smoothing)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            nn.utils.clip_grad_norm_(weights, LARGEST_GRADIENT)
            optimiser.step()
            schedule.step()
            average.update(network)
            losses.append(loss.item())
        progress.set_postfix(loss=f"{np.mean(losses):.3f}")
    return average.network


def embed_all(encoder: nn.Module, store: FeatureStore, clips: Sequence[int]) -> npt.NDArray[np.float32]:
    """Embed the whole, undisturbed clips.

    Returns:
        (clips, embedding_dim).
    """
    encoder.eval()
    embeddings = []
    with torch.inference_mode():
        for clip in clips:
            features = torch.from_numpy(store.features(clip).astype(np.float32)).T[None]
            embeddings.append(encoder(features)[0].numpy())
    return np.stack(embeddings)
