"""A recipe's learner."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from ml_models.recipe import EncoderRecipe, FrozenRecipe, NetworkRecipe, Wav2Vec2Recipe, WhisperRecipe

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ml_models.data.corpora import Clip
    from ml_models.data.sounds import Sounds
    from ml_models.learners.learner import Learner
    from ml_models.recipe import Recipe

RANDOM_WEIGHTS = "random weights, not pre-trained: what the architecture gives without its pre-training"


def learner_of(recipe: Recipe, clips: Sequence[Clip], sounds: Sounds, work: Path, workers: int = 1) -> Learner:
    """Make the learner a recipe names.

    Args:
        recipe: settings.
        clips: all clips.
        sounds: their waveforms.
        work: folder for what can be used again.
        workers: processes that prepare what all splits share.

    Raises:
        TrainingDataError, ModelError: the data or the pre-trained weights cannot be used.
    """
    settings = recipe.learner
    if isinstance(settings, EncoderRecipe):
        from ml_models.learners.encoder import EncoderLearner

        return EncoderLearner(clips, sounds, settings, recipe.head, seed=recipe.seed, work=work, workers=workers)
    if isinstance(settings, FrozenRecipe):
        from ml_models.learners.frozen import FrozenLearner

        return FrozenLearner(clips, settings, recipe.head, seed=recipe.seed, work=work / "hubert", workers=workers)
    if isinstance(settings, WhisperRecipe):
        from ml_models.learners.whisper import WhisperLearner

        place = work / "whisper"
        return WhisperLearner(clips, sounds, settings, recipe.head, seed=recipe.seed, work=place, workers=workers)
    return _network(tuple(clips), sounds, settings, recipe.seed)


# A process that learns several splits computes the features of a clip once.
@lru_cache(maxsize=1)
def _network(clips: tuple[Clip, ...], sounds: Sounds, settings: NetworkRecipe | Wav2Vec2Recipe, seed: int) -> Learner:
    if isinstance(settings, NetworkRecipe):
        from ml_models.learners.network import NetworkLearner

        return NetworkLearner(clips, sounds, settings, seed=seed)
    from ml_models.learners.wav2vec2 import Wav2Vec2Learner

    return Wav2Vec2Learner(clips, sounds, settings, seed=seed)


def remarks_on(recipe: Recipe) -> list[str]:
    """Say what a reader of the scores must know of the weights the recipe starts from."""
    if not isinstance(recipe.learner, FrozenRecipe | Wav2Vec2Recipe):
        return []
    from ml_models.networks.stand_in import is_stand_in

    return [RANDOM_WEIGHTS] if is_stand_in(recipe.learner.source) else []
