"""The features of every clip and of its augmented copies, computed once and mapped from disk.

A copy is made of one speaker's sound only, so a split of the speakers splits the copies too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import joblib
import numpy as np
import torch
from tqdm import tqdm

from ml_models.data.augment import random_chain
from ml_models.data.sounds import cached
from ml_models.encoder.network import FrontEnd

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from ml_models.data.corpora import Clip
    from ml_models.data.sounds import RaggedArray, Sounds

BABBLE_VOICES = 3
SLOWEST, FASTEST = 0.86, 1.16
CHUNK_CLIPS = 64


@dataclass(frozen=True)
class FeatureStore:
    """Features by copy: number 0 is the clean clip, the others are augmented.

    Attributes:
        copies: each a ragged array of (frames, FEATURE_ROWS) float16.
    """

    copies: tuple[RaggedArray, ...]

    def features(self, clip: int, copy: int = 0) -> npt.NDArray[np.float16]:
        """Give the (frames, FEATURE_ROWS) features of one copy of one clip."""
        return np.asarray(self.copies[copy][clip], dtype=np.float16)


def prepare_features(
    clips: Sequence[Clip], sounds: Sounds, *, copies: int, seed: int, workers: int = 1
) -> FeatureStore:
    """Make the augmented copies of every clip and compute their features; what is on disk already is reused.

    Args:
        clips: the recordings.
        sounds: their waveforms; the features are kept beside them.
        copies: how many augmented copies to make beside the clean one.
        seed: of the augmentation.
        workers: processes.
    """
    by_speaker: dict[str, list[int]] = {}
    for index, clip in enumerate(clips):
        by_speaker.setdefault(clip.speaker, []).append(index)
    voices = [by_speaker[clip.speaker] for clip in clips]

    def compute(copy: int) -> list[npt.NDArray[np.float16]]:
        chunks = [range(start, min(start + CHUNK_CLIPS, len(clips))) for start in range(0, len(clips), CHUNK_CLIPS)]
        tasks = (joblib.delayed(_copy_features)(sounds, chunk, voices, copy, seed) for chunk in chunks)
        done = joblib.Parallel(n_jobs=workers, return_as="generator")(tasks)
        return [item for chunk in tqdm(done, f"features, copy {copy}", total=len(chunks)) for item in chunk]

    return FeatureStore(
        tuple(cached(sounds.folder / f"features_{copy}", partial(compute, copy)) for copy in range(copies + 1))
    )


def _copy_features(
    sounds: Sounds, chunk: range, voices: Sequence[Sequence[int]], copy: int, seed: int
) -> list[npt.NDArray[np.float16]]:
    torch.set_num_threads(1)
    front_end = FrontEnd()
    made = []
    for index in chunk:
        samples = sounds[index]
        if copy:
            rng = np.random.default_rng((seed, copy, index))
            others = [sounds[other] for other in rng.choice(voices[index], size=BABBLE_VOICES)]
            speed = 1.0 if copy == 1 else float(rng.uniform(SLOWEST, FASTEST))
            samples = random_chain(samples, others, rng, speed=speed)
        with torch.inference_mode():
            features = front_end(torch.from_numpy(samples[None]))[0].T.numpy()
        made.append(features.astype(np.float16))
    return made
