"""The features of clips and of their augmented copies, computed when they are first asked for and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from tqdm import tqdm

from ml_models.networks.copies import disturbed

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from torch import Tensor, nn

    from ml_models.data.corpora import Clip
    from ml_models.data.sounds import Sounds
    from ml_models.recipe import Augmentation

BABBLE_VOICES = 3


class FeatureBank:
    """Features of fixed size by clip and copy: number 0 is the clean clip, the others are augmented.

    Only what is asked for is made, so no copy of a clip exists that nobody may learn from.
    """

    def __init__(
        self,
        clips: Sequence[Clip],
        sounds: Sounds,
        front_end: nn.Module,
        augmentations: Sequence[Augmentation],
        *,
        seed: int,
    ) -> None:
        """Remember what to compute from.

        Args:
            clips: the recordings.
            sounds: their waveforms.
            front_end: (1, samples) to (1, ...) of one size.
            augmentations: which disturbances a copy may meet.
            seed: of the copies.
        """
        self._sounds = sounds
        self._front_end = front_end
        self._augmentations = augmentations
        self._seed = seed
        self._made: dict[tuple[int, int], Tensor] = {}
        self._speakers = [clip.speaker for clip in clips]

    def features(self, clips: Sequence[int], copy: int, *, title: str) -> list[Tensor]:
        """Give the features of one copy of each clip.

        Args:
            clips: positions.
            copy: 0 for the clean clip.
            title: shown beside the progress bar.
        """
        missing = [clip for clip in clips if (clip, copy) not in self._made]
        for clip in tqdm(missing, f"{title}, copy {copy}", disable=not missing):
            self._made[clip, copy] = hear(self._front_end, self._sound(clip, copy))
        return [self._made[clip, copy] for clip in clips]

    def _sound(self, clip: int, copy: int) -> npt.NDArray[np.float32]:
        if copy == 0:
            return self._sounds[clip]
        rng = np.random.default_rng((self._seed, copy, clip))
        return disturbed(self._sounds[clip], self._voices(clip, rng), self._augmentations, rng)

    def _voices(self, clip: int, rng: np.random.Generator) -> list[npt.NDArray[np.float32]]:
        """Give sounds of the same speaker: a split of the speakers then splits the copies too."""
        if "babble" not in self._augmentations:
            return []
        same = [other for other, speaker in enumerate(self._speakers) if speaker == self._speakers[clip]]
        return [self._sounds[other] for other in rng.choice(same, size=BABBLE_VOICES).tolist()]


def hear(front_end: nn.Module, samples: npt.NDArray[np.float32]) -> Tensor:
    """Give what a front end makes of one waveform (samples,)."""
    with torch.inference_mode():
        features: Tensor = front_end(torch.from_numpy(samples)[None])[0]
    # An inference tensor cannot be learnt from; its clone can.
    return features.clone()
