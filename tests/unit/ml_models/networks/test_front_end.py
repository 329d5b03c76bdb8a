"""Whatever goes in, three seconds of features come out."""

from __future__ import annotations

import pytest
import torch

from ml_models.networks.front_end import CutMfcc, StretchedMfcc, front_end_of
from ml_models.networks.mfcc import SAMPLE_RATE_HZ
from ml_models.recipe import NetworkRecipe
from tests.unit.ml_models.voices import speak

FRAMES = 94


@pytest.mark.parametrize("fit_length", ["stretch", "cut"])
@pytest.mark.parametrize("seconds", [0.25, 1.7, 3.0, 9.1])
def test_every_length_becomes_three_seconds(fit_length, seconds: float) -> None:
    front_end = front_end_of(NetworkRecipe(fit_length=fit_length))
    assert front_end(torch.randn(2, int(seconds * SAMPLE_RATE_HZ))).shape == (2, 40, FRAMES)


def test_stretching_keeps_the_pitch() -> None:
    front_end = StretchedMfcc(40, 3.0)
    short, long = (
        front_end(torch.from_numpy(speak("neutral", 120, 1, seconds))[None])[0, :, 20:-20].mean(dim=1)
        for seconds in (2.0, 6.0)
    )
    # Another voice is far away; the same voice at another tempo is not.
    other = front_end(torch.from_numpy(speak("neutral", 240, 1, 2.0))[None])[0, :, 20:-20].mean(dim=1)
    assert (short - long).norm() < 0.2 * (short - other).norm()


def test_stretching_hears_the_end_of_a_long_clip_and_cutting_does_not() -> None:
    quiet = 0.1 * torch.randn(1, 5 * SAMPLE_RATE_HZ)
    changed = torch.cat([quiet[:, : 4 * SAMPLE_RATE_HZ], quiet[:, 4 * SAMPLE_RATE_HZ :] * 0.1], dim=1)
    stretch, cut = StretchedMfcc(40, 3.0), CutMfcc(40, 3.0)
    assert not torch.allclose(stretch(quiet), stretch(changed))
    assert torch.equal(cut(quiet), cut(changed))


def test_cutting_pads_a_short_clip_with_silence() -> None:
    front_end = CutMfcc(40, 3.0)
    short = 0.1 * torch.randn(1, SAMPLE_RATE_HZ)
    padded = torch.cat([short, torch.zeros(1, 2 * SAMPLE_RATE_HZ)], dim=1)
    assert torch.equal(front_end(short), front_end(padded))
