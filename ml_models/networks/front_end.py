"""What a network hears: MFCC of a waveform of any length, brought to a fixed number of frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import Tensor, nn

from ml_models.networks.mfcc import SAMPLE_RATE_HZ, Mfcc, frames_in

if TYPE_CHECKING:
    from ml_models.recipe import NetworkRecipe


def stretch_frames(frames: Tensor, count: int) -> Tensor:
    """Bring (batch, rows, any frames) to (batch, rows, count): another tempo at the same pitch."""
    return nn.functional.interpolate(frames, size=count, mode="linear", align_corners=False)


class StretchedMfcc(nn.Module):
    """The whole clip, faster or slower, so that it lasts as long as every other."""

    def __init__(self, coefficients: int, seconds: float) -> None:
        super().__init__()
        self.mfcc = Mfcc(coefficients)
        self.frames = frames_in(round(seconds * SAMPLE_RATE_HZ))

    def forward(self, waveform: Tensor) -> Tensor:
        """Give (batch, coefficients, frames) of (batch, samples)."""
        return stretch_frames(self.mfcc(waveform), self.frames)


class CutMfcc(nn.Module):
    """The beginning of the clip, and silence after a shorter one."""

    def __init__(self, coefficients: int, seconds: float) -> None:
        super().__init__()
        self.mfcc = Mfcc(coefficients)
        self.samples = round(seconds * SAMPLE_RATE_HZ)

    def forward(self, waveform: Tensor) -> Tensor:
        """Give (batch, coefficients, frames) of (batch, samples)."""
        features: Tensor = self.mfcc(nn.functional.pad(waveform, (0, self.samples))[:, : self.samples])
        return features


def front_end_of(recipe: NetworkRecipe) -> nn.Module:
    """Build the front end a recipe names."""
    kind = CutMfcc if recipe.fit_length == "cut" else StretchedMfcc
    return kind(recipe.mfcc, recipe.seconds)
