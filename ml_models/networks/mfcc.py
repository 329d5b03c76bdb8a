"""Mel-frequency cepstral coefficients as a part of the network: librosa's numbers, in torch, for any exporter.

The settings are the defaults of `librosa.feature.mfcc` at 16 kHz, so that a published network hears what its
recipe's readers expect.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

SAMPLE_RATE_HZ = 16_000
FFT_SIZE = 2048
HOP_SAMPLES = 512
MEL_BANDS = 128
# Bounds, not summands: the ONNX exporter folds `+ 1e-10` away as if it were zero.
SMALLEST_POWER = 1e-10
DYNAMIC_RANGE_DB = 80.0

# Slaney's mel scale: linear up to 1 kHz, logarithmic above.
LINEAR_HZ_PER_MEL = 200.0 / 3.0
BREAK_HZ = 1_000.0
BREAK_MEL = BREAK_HZ / LINEAR_HZ_PER_MEL
LOG_STEP = math.log(6.4) / 27.0


def frames_in(samples: int) -> int:
    """Give the number of frames of a waveform."""
    return 1 + samples // HOP_SAMPLES


def mel_filters() -> Tensor:
    """Build triangular filters of equal area, evenly spaced on Slaney's mel scale from 0 Hz to half the sample rate.

    Returns:
        (MEL_BANDS, FFT_SIZE // 2 + 1), float64.
    """
    highest_mel = BREAK_MEL + math.log(SAMPLE_RATE_HZ / 2 / BREAK_HZ) / LOG_STEP
    edges_mel = torch.linspace(0.0, highest_mel, MEL_BANDS + 2, dtype=torch.float64)[:, None]
    logarithmic_hz = BREAK_HZ * torch.exp(LOG_STEP * (edges_mel - BREAK_MEL))
    edges_hz = torch.where(edges_mel < BREAK_MEL, edges_mel * LINEAR_HZ_PER_MEL, logarithmic_hz)
    bins_hz = torch.linspace(0.0, SAMPLE_RATE_HZ / 2, FFT_SIZE // 2 + 1, dtype=torch.float64)
    rising = (bins_hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - bins_hz) / (edges_hz[2:] - edges_hz[1:-1])
    return torch.minimum(rising, falling).clamp(min=0.0) * 2.0 / (edges_hz[2:] - edges_hz[:-2])


def cosines(coefficients: int) -> Tensor:
    """Build the first rows of the orthonormal cosine transform, type 2.

    Returns:
        (coefficients, MEL_BANDS), float64.
    """
    rows = torch.arange(coefficients, dtype=torch.float64)[:, None]
    centres = (torch.arange(MEL_BANDS, dtype=torch.float64) + 0.5) / MEL_BANDS
    weights = torch.cos(math.pi * rows * centres) * math.sqrt(2.0 / MEL_BANDS)
    weights[0] /= math.sqrt(2.0)
    return weights


class Mfcc(nn.Module):
    """Waveform to MFCC."""

    window: Tensor
    mel: Tensor
    transform: Tensor

    def __init__(self, coefficients: int) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(FFT_SIZE, dtype=torch.float64).float(), persistent=False)
        self.register_buffer("mel", mel_filters().float(), persistent=False)
        self.register_buffer("transform", cosines(coefficients).float(), persistent=False)

    def forward(self, waveform: Tensor) -> Tensor:
        """Compute the coefficients.

        Args:
            waveform: (batch, samples) at 16 kHz.

        Returns:
            (batch, coefficients, frames), each frame centred on a multiple of HOP_SAMPLES.
        """
        spectrum = torch.view_as_real(torch.fft.rfft(_frames(waveform) * self.window))
        power = spectrum.square().sum(dim=3).transpose(1, 2)
        level_db = 10.0 * torch.log10((self.mel @ power).clamp(min=SMALLEST_POWER))
        loudest_db = level_db.amax(dim=(1, 2), keepdim=True)
        return self.transform @ torch.maximum(level_db, loudest_db - DYNAMIC_RANGE_DB)


def _frames(waveform: Tensor) -> Tensor:
    """Cut (batch, samples) into overlapping (batch, frames, FFT_SIZE): each frame is a few whole hops in a row."""
    hops_per_frame = FFT_SIZE // HOP_SAMPLES
    frames = frames_in(waveform.shape[1])
    padded = nn.functional.pad(waveform, (FFT_SIZE // 2, FFT_SIZE // 2))
    hops = padded[:, : (frames + hops_per_frame - 1) * HOP_SAMPLES].reshape(waveform.shape[0], -1, HOP_SAMPLES)
    return torch.cat([hops[:, first : first + frames] for first in range(hops_per_frame)], dim=2)
