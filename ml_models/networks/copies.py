"""Augmented copies of a clip: each is decided by the seed, its number and the clip alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ml_models.data.augment import (
    add_babble,
    add_noise,
    change_gain,
    change_pitch,
    change_speed,
    codec,
    room,
    tilt,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    import numpy as np
    import numpy.typing as npt

    from ml_models.recipe import Augmentation

    Samples = npt.NDArray[np.float32]
    Step = Callable[[Samples, Sequence[Samples], np.random.Generator], Samples]

# How often a copy meets each of its disturbances.
MET = 0.5
SPEEDS = (0.86, 1.16)
SEMITONES = (-2.5, 2.5)
GAINS_DB = (-12.0, 12.0)

# In the order sound meets them: the voice, the air, the microphone, the line.
STEPS: dict[Augmentation, Step] = {
    "speed": lambda samples, _, rng: change_speed(samples, rng.uniform(*SPEEDS)),
    "pitch": lambda samples, _, rng: change_pitch(samples, rng.uniform(*SEMITONES)),
    "room": lambda samples, _, rng: room(samples, rng),
    "babble": add_babble,
    "noise": lambda samples, _, rng: add_noise(samples, rng),
    "microphone": lambda samples, _, rng: tilt(samples, rng),
    "codec": lambda samples, _, rng: codec(samples, rng),
    "gain": lambda samples, _, rng: change_gain(samples, rng.uniform(*GAINS_DB)),
}


def disturbed(
    samples: Samples, others: Sequence[Samples], augmentations: Collection[Augmentation], rng: np.random.Generator
) -> Samples:
    """Draw one copy: each named disturbance is met half of the time.

    Args:
        samples: (samples,) at 16 kHz.
        others: sounds of the same speaker, for babble.
        augmentations: the disturbances that may be met.
        rng: decides which are met, and how strongly.

    Returns:
        (samples,) at 16 kHz; another speed gives another length.
    """
    for name, step in STEPS.items():
        if name in augmentations and rng.random() < MET:
            samples = step(samples, others, rng)
    return samples
