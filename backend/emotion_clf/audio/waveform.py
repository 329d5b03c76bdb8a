"""The value every later room works on: mono sound at one sample rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

SAMPLE_RATE_HZ: Final = 16_000


@dataclass(frozen=True, slots=True, eq=False)
class Waveform:
    """Mono sound.

    Attributes:
        samples: float32 array of shape (n,), full scale is [-1, 1].
        sample_rate_hz: always 16,000 after decoding.
    """

    samples: npt.NDArray[np.float32]
    sample_rate_hz: int = SAMPLE_RATE_HZ

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate_hz

    @property
    def frames(self) -> int:
        """How many samples there are."""
        return len(self.samples)

    def read(self, start: int, stop: int) -> npt.NDArray[np.float32]:
        """The samples from `start` up to `stop`, as every `Sound` gives them."""
        return self.samples[start:stop]
